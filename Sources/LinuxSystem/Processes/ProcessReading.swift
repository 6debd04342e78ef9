public import Flows

/// A process, with the parts that are missing because they could not be read.
public struct ProcessReading: Hashable, Sendable {
  public var process: Process
  /// The parts that could not be read; empty if nothing was refused. Parts that no longer existed are not listed.
  public private(set) var unread: [ProcessError] = []

  init(process: Process) { self.process = process }

  /// The result of `read`; nil if that throws, and then the error is remembered.
  mutating func part<Value>(_ read: () throws(ProcessError) -> Value) -> Value? {
    do throws(ProcessError) { return try read() } catch {
      if error.code != .gone { unread.append(error) }
      return nil
    }
  }
}
