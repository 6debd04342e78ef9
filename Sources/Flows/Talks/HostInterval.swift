/// One host's part in an interval of several hosts.
public struct HostInterval: Hashable, Sendable, Codable {
  public var host: String
  /// How long the host counted, in seconds; nil if it did not deliver a part.
  public var seconds: Double?
  /// Which meter counted: `ebpf` or `sockets`.
  public var meter: String?
  /// Why the host did not deliver a part; nil if it did.
  public var failure: String?

  public init(host: String, seconds: Double? = nil, meter: String? = nil, failure: String? = nil) {
    self.host = host
    self.seconds = seconds
    self.meter = meter
    self.failure = failure
  }
}
