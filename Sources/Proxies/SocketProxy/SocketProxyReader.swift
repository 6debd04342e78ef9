public import Flows
public import LinuxSystem

/// Reads `systemd-socket-proxyd [OPTIONS] HOST:PORT`, where the target may be a UNIX socket's path. It listens where
/// its socket unit says.
public struct SocketProxyReader: CommandLineRelay {
  public let software = "systemd-socket-proxyd"
  public let kind = "TCP proxy"
  public let programs: ProgramNames = ["systemd-socket-proxyd", "systemd-socket-"]
  public let pairing = RelayPairing.oneToOne

  public init() {}

  public func rules(of process: Process) -> [RelayRule]? {
    Self.rule(process.command.map { Array($0.dropFirst()) } ?? []).map { [$0] } ?? []
  }

  private static func rule(_ arguments: [String]) -> RelayRule? {
    guard let last = arguments.last, !last.hasPrefix("-") else { return nil }
    if last.hasPrefix("/") || last.hasPrefix("@") { return RelayRule(target: RelayEndpoint(path: last)) }
    guard let parts = RelayEndpoint.parts(last), parts.count == 2, let port = Port(parts[1]) else { return nil }
    return RelayRule(target: RelayEndpoint(host: parts[0], port: port.number))
  }
}
