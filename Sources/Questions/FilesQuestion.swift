/// Asks for the configuration and status files of the relays and VPN daemons among some processes, without secrets.
public struct FilesQuestion: Question {
  public static let name = "files"
  public var pids: [Int32]
  /// The host's number as in `Place.host`; not sent.
  public var host = 0

  public init(of pids: [Int32], onHost host: Int = 0) {
    self.pids = pids
    self.host = host
  }

  private enum CodingKeys: String, CodingKey { case pids }

  public var scope: Scope<[CollectedFile]> { .host(host) }
  public var asAsked: Self { Self(of: pids) }
  public var objection: String? { Questions.objection(toProcesses: pids.count) }
  public var description: String { "read the configuration files of \(pids.count) processes" }
}
