public import Flows

/// A process, and what of it is not known because it could not be read.
public struct ProcessReading: Hashable, Sendable {
  public var process: Process
  /// Empty if nothing was refused. What had gone meanwhile is not among them.
  public private(set) var unread: [ProcessError] = []

  init(process: Process) { self.process = process }

  /// One part of it; nil, and an error to remember, if it can't be read.
  mutating func part<Value>(_ read: () throws(ProcessError) -> Value) -> Value? {
    do throws(ProcessError) { return try read() } catch {
      if error.code != .gone { unread.append(error) }
      return nil
    }
  }
}
