/// Which process on which host: a pid means something only with its host, and only until it is used again.
public struct ProcessID: Hashable, Sendable, Codable {
  /// As in `Place.host`.
  public var host: Int
  /// In the pid namespace of the vantage that answers.
  public var pid: Int32
  /// Seconds since the epoch; nil for whoever has the pid now.
  public var startTime: Double?

  public init(host: Int = 0, pid: Int32, startTime: Double? = nil) {
    self.host = host
    self.pid = pid
    self.startTime = startTime
  }

  /// The same process, as one of host `number`.
  public func on(host number: Int) -> ProcessID { ProcessID(host: number, pid: pid, startTime: startTime) }
}
