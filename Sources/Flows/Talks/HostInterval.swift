/// One host's part in an interval of several.
public struct HostInterval: Hashable, Sendable, Codable {
  public var host: String
  /// How long it counted; nil if it gave nothing.
  public var seconds: Double?
  /// `ebpf` or `sockets`.
  public var meter: String?
  /// Why it gave nothing.
  public var failure: String?

  public init(host: String, seconds: Double? = nil, meter: String? = nil, failure: String? = nil) {
    self.host = host
    self.seconds = seconds
    self.meter = meter
    self.failure = failure
  }
}
