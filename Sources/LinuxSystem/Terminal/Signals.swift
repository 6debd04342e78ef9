internal import CLinux

/// A signal that a long-running command acts on.
public enum Signal: UInt8, Hashable, Sendable {
  case hangUp = 1
  case interrupt = 2
  case terminate = 15
  case windowChange = 28

  /// Whether it asks the program to end.
  public var endsProgram: Bool { self != .windowChange }
}

/// Arriving signals as a descriptor to wait for (a self-pipe). SIGPIPE is ignored from then on.
public struct Signals: Sendable {
  /// A file descriptor that is readable when a signal has arrived; open for the life of the process.
  public let descriptor: Int32

  /// Takes over SIGINT, SIGTERM, SIGHUP and SIGWINCH. All values read from the same pipe.
  public init() throws(SystemError) {
    descriptor = try checked("watch signals", hw_signal_pipe())
  }

  /// The signals since the last call; does not wait.
  public func read() -> [Signal] {
    var buffer = [UInt8](repeating: 0, count: 64)
    let count = hw_read(descriptor, &buffer, buffer.count)
    return count > 0 ? buffer[..<count].compactMap(Signal.init(rawValue:)) : []
  }

  /// Restores the default for signals that end a program, for the work after a loop.
  public func endByDefault() {
    for signal in [Signal.hangUp, .interrupt, .terminate] { hw_signal_default(Int32(signal.rawValue)) }
  }
}
