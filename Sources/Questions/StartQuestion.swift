/// Starts the meter before a measurement; with `names`, also starts to read the names that flows ask for.
public struct StartQuestion: Question {
  public static let name = "start"
  public var names: Bool

  public init(names: Bool = false) { self.names = names }

  private enum CodingKeys: String, CodingKey { case names }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    names = try fields.decodeIfPresent(Bool.self, forKey: .names) ?? false
  }

  public var scope: Scope<MeterStart> { .everyHost { parts, hosts in MeterStart(of: parts, hosts) } }
  public var asAsked: Self { self }
  public var description: String { names ? "start the meter and read names" : "start the meter" }
}

/// Which meter runs, and what is less exact with it.
public struct MeterStart: Hashable, Sendable, Codable, HostIndependent {
  /// The meter: `ebpf` or `sockets`; nil if the vantage measures nothing.
  public var meter: String?
  public var notes: [String]

  public init(meter: String?, notes: [String]) {
    self.meter = meter
    self.notes = notes
  }

  init(of parts: [HostPart<MeterStart>], _ hosts: HostRoster) {
    meter = Set(parts.compactMap(\.value.meter)).sorted().joined(separator: ", ")
    notes = parts.flatMap { part in part.value.notes.map { hosts.note(part.number, $0) } }
  }
}
