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

  // ssh is not waited for: it may stay until the probe has taken its programs off the kernel, and several hosts' times
  // would add up. The probe ends with its input, whichever way that goes.
  deinit { child.end(within: 0) }

  /// What the probe says, from its first line on; nil if it was taken before. Reads wait. This object must outlive it.
  public func takeOutput() -> Descriptor? { child.takeOutput() }

  /// What the probe hears; nil if it was taken before. Writes wait.
  public func takeInput() -> Descriptor? { child.takeInput() }

  /// Ends the probe: its input ends, and `ssh` is ended if it does not follow. The host's connection stays open for the
  /// next command.
  public func end() { child.end() }

  /// Why the conversation broke off, asked after its output has ended.
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
