public import Flows
public import LinuxSystem
internal import Programs

/// Reads a session of sshd, which carries its client's forwardings. The listening daemon itself relays nothing.
public struct SSHSessionReader: CommandLineRelay {
  public let software = "sshd"
  public let kind = "SSH session"
  public let programs: ProgramNames = ["sshd", "sshd-session"]
  public let pairing = RelayPairing.multiplexed

  public init() {}

  public func rules(of process: Process) -> [RelayRule]? { SSHSession.user(of: process) == nil ? nil : [] }

  public func user(of process: Process) -> String? { SSHSession.user(of: process) }
}
