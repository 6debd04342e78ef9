public import Flows

/// Counts everything that moves for the given number of seconds.
public struct MeasureQuestion: Question {
  public static let name = "measure"
  public var seconds: Double

  public init(seconds: Double) { self.seconds = seconds }

  public var scope: Scope<Interval> { .everyHost { Interval(of: $0, $1) } }
  public var asAsked: Self { self }
  public var window: Double { seconds }
  public var isMeasurement: Bool { true }
  public var objection: String? { Questions.objection(toWindow: seconds) }
  public static var rows: AnswerRows? { .member("flows") }
  public var description: String { "measure for \(seconds) s" }
}

/// Begins a series of intervals without gaps between them. What was counted before is discarded.
public struct BeginQuestion: Question {
  public static let name = "begin"
  public init() {}

  public var scope: Scope<Done> { .everyHost { _, _ in Done() } }
  public var asAsked: Self { self }
  public var isMeasurement: Bool { true }
  public var description: String { "begin a series of intervals" }
}

/// Asks for the next interval of the series, once the given number of seconds has passed since the last one.
///
/// If the question is cancelled, nothing is lost: the next interval includes those bytes.
public struct NextQuestion: Question {
  public static let name = "next"
  public var seconds: Double
  /// Whether this is the last interval. Then even names that a further packet could complete are reported.
  public var isLast: Bool

  public init(seconds: Double, isLast: Bool = false) {
    self.seconds = max(0, min(seconds, Questions.longestWindow))
    self.isLast = isLast
  }

  private enum CodingKeys: String, CodingKey { case seconds, isLast }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      seconds: try fields.decode(Double.self, forKey: .seconds),
      isLast: try fields.decodeIfPresent(Bool.self, forKey: .isLast) ?? false)
  }

  /// Every host ends its interval when the question reaches it, so the ends differ by some milliseconds.
  public var scope: Scope<Interval> { .everyHost { Interval(of: $0, $1) } }
  public var asAsked: Self { self }
  public var window: Double { seconds }
  public var isMeasurement: Bool { true }
  public var objection: String? { Questions.objection(toWindow: seconds, from: 0) }
  public static var rows: AnswerRows? { .member("flows") }
  public var description: String { "measure the next interval" }
}

extension Interval {
  /// Joins the parts of several hosts; each row names its host.
  init(of counted: [HostPart<Interval>], _ hosts: HostRoster) {
    let machines = SharedMachines(counted, names: hosts.names)
    let parts = machines.parts
    self = parts[0].value
    (flows, ledger, notes) = ([], [], hosts.silent.map(\.description))
    (relayed, names, answers, estimated) = (nil, nil, nil, nil)
    host = hosts.names[0]
    for part in parts { add(part, of: hosts) }
    self.hosts = Self.hosts(parts, hosts)
    // Counts since connections began give no rates, alone or together with others.
    let isTimed = parts.allSatisfy { $0.value.seconds > 0 || $0.value.flows.allSatisfy(\.traffic.isZero) }
    seconds = isTimed ? parts.map(\.value.seconds).max() ?? seconds : 0
    meter = Set(parts.map(\.value.meter)).sorted().joined(separator: ", ")
    notes += shorterWindows + machines.notes
  }

  private mutating func add(_ part: HostPart<Interval>, of hosts: HostRoster) {
    let name = hosts.names[part.number]
    for var row in part.value.flows {
      row.host = name
      flows.append(row)
    }
    for var entry in part.value.ledger {
      entry.host = name
      ledger.append(entry)
    }
    if let links = part.value.relayed { relayed = (relayed ?? []) + links }
    if let list = part.value.names { names = (names ?? []) + list }
    if let list = part.value.answers { answers = (answers ?? []) + list }
    if let reasons = part.value.estimated {
      estimated = (estimated ?? []) + reasons.map { hosts.note(part.number, $0) }
    }
    notes += part.value.notes.map { hosts.note(part.number, $0) }
  }

  private static func hosts(_ parts: [HostPart<Interval>], _ hosts: HostRoster) -> [HostInterval] {
    let found = Dictionary(parts.map { ($0.number, $0.value) }, uniquingKeysWith: { first, _ in first })
    return hosts.names.enumerated().map { number, name in
      HostInterval(
        host: name, seconds: found[number]?.seconds, meter: found[number]?.meter, failure: hosts.failures[number])
    } + hosts.unreached.map { HostInterval(host: $0.host, failure: $0.reason) }
  }
}

extension Interval: HostRelative {
  public func called(_ name: String) -> Self {
    var copy = self
    copy.host = name
    return copy
  }
  public func on(host number: Int) -> Self {
    var copy = self
    for index in flows.indices {
      copy.flows[index].namespace = flows[index].namespace.on(host: number)
      copy.flows[index].below = flows[index].below?.map {
        InterfacePlace($0.interface, in: $0.namespace.on(host: number))
      }
    }
    for index in ledger.indices { copy.ledger[index].namespace = ledger[index].namespace.on(host: number) }
    copy.relayed = relayed?.map { $0.on(host: number) }
    for index in names?.indices ?? 0..<0 {
      copy.names?[index].namespace = names?[index].namespace?.on(host: number)
    }
    for index in answers?.indices ?? 0..<0 {
      copy.answers?[index].namespace = answers?[index].namespace?.on(host: number)
    }
    return copy
  }

  public func shifted(by seconds: Double) -> Self {
    var copy = self
    copy.began = began.map { $0 + seconds }
    for index in names?.indices ?? 0..<0 { copy.names?[index].time += seconds }
    for index in answers?.indices ?? 0..<0 { copy.answers?[index].time += seconds }
    return copy
  }

  public var tellsTime: Bool { names?.isEmpty == false || answers?.isEmpty == false }
}
