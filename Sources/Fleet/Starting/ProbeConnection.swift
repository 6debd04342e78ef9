public import LinuxSystem

/// A probe that runs on a host, behind `ssh`. It ends with its owner.
public final class ProbeConnection: Sendable {
  public let host: HostSpecification
  /// How it was started.
  public let start: ProbeStart
  /// Seconds from the start of `ssh` until the probe ran.
  public let seconds: Double
  private let child: ChildProcess

  init(_ host: HostSpecification, _ start: ProbeStart, _ seconds: Double, _ child: ChildProcess) {
    self.host = host
    self.start = start
    self.seconds = seconds
    self.child = child
  }

  // It does not wait for ssh, which may stay until the probe has removed its programs from the kernel; the times of
  // several hosts would add up. The probe ends when its input ends, in any case.
  deinit { child.end(within: 0) }

  /// The probe's output from its first line on; nil if it was already taken. Reads block. This object must outlive it.
  public func takeOutput() -> Descriptor? { child.takeOutput() }

  /// The probe's input; nil if it was already taken. Writes block.
  public func takeInput() -> Descriptor? { child.takeInput() }

  /// Ends the probe by closing its input, and ends `ssh` if that does not follow. The connection to the host stays open
  /// for the next command.
  public func end() { child.end() }

  /// Why the conversation broke off; call it after the output has ended.
  public func failure() -> HostError {
    let status = child.status(within: 1)
    let errors = child.readErrors(limit: 65536)
    var error = HostError(host.name, ssh: errors)
    if errors.isEmpty, let status {
      error.detail =
        status > 128 && status != 255
        ? "the probe was ended by signal \(status - 128)" : "the connection ended (status \(status))"
    }
    return error
  }
}
