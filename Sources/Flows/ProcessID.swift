/// A process on a host. A pid alone is ambiguous: other hosts have the same pids, and a host reuses its own.
public struct ProcessID: Hashable, Sendable, Codable {
  /// The host's number, as in `Place.host`.
  public var host: Int
  /// The pid, in the pid namespace of the vantage that answers.
  public var pid: Int32
  /// Seconds since the epoch; nil for the process that has the pid now.
  public var startTime: Double?
  /// As `Process.outside`: true for a pid that is the kernel's own number, because the vantage sees no pid namespace of it.
  public var outside: Bool?

  public init(host: Int = 0, pid: Int32, startTime: Double? = nil, outside: Bool? = nil) {
    self.host = host
    self.pid = pid
    self.startTime = startTime
    self.outside = outside
  }

  /// The same process, on host number `number`.
  public func on(host number: Int) -> ProcessID {
    ProcessID(host: number, pid: pid, startTime: startTime, outside: outside)
  }
}

extension Process {
  /// The process as a key among those of one trace, on the host of `place`: without its start time, which not every row has.
  public func id(onHostOf place: Place) -> ProcessID {
    ProcessID(host: place.host, pid: pid, outside: outside == true ? true : nil)
  }
}
