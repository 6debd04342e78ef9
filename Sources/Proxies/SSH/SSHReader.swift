public import Flows
public import LinuxSystem

/// Reads ssh(1) with forwardings, all of which share one connection.
public struct SSHReader: CommandLineRelay {
  public let software = "ssh"
  public let kind = "SSH forward"
  public let programs: ProgramNames = ["ssh"]
  public let pairing = RelayPairing.multiplexed

  public init() {}

  public func rules(of process: Process) -> [RelayRule]? {
    guard let command = process.command else { return [] }
    let rules = SSHForwards.rules(Array(command.dropFirst()))
    return rules.isEmpty ? nil : rules
  }
}
