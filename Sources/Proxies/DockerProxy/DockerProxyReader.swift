public import Flows
public import LinuxSystem

/// Docker's helper for a published port:
/// `docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 8080 -container-ip 172.17.0.2 -container-port 80` (moby,
/// cmd/docker-proxy). Go's flags may also be written `--name=value`.
public struct DockerProxyReader: CommandLineRelay {
  public let software = "docker-proxy"
  public let kind = "published port of Docker"
  public let programs: ProgramNames = ["docker-proxy"]
  public let pairing = RelayPairing.oneToOne

  public init() {}

  public func rules(of process: Process) -> [RelayRule]? {
    Self.rule(process.command.map { Array($0.dropFirst()) } ?? []).map { [$0] } ?? []
  }

  private static func rule(_ arguments: [String]) -> RelayRule? {
    var values: [Substring: String] = [:]
    var index = 0
    while index < arguments.count {
      let name = arguments[index].drop { $0 == "-" }
      guard name.count < arguments[index].count else { break }
      if let equals = name.firstIndex(of: "=") {
        values[name[..<equals]] = String(name[name.index(after: equals)...])
      } else if ["proto", "host-ip", "host-port", "container-ip", "container-port"].contains(name) {
        index += 1
        if index < arguments.count { values[name] = arguments[index] }
      }
      index += 1
    }
    guard let transport = Transport(values["proto"] ?? "tcp"), let port = values["host-port"].flatMap({ Port($0) }),
      let target = values["container-port"].flatMap({ Port($0) })
    else { return nil }
    return RelayRule(
      listen: RelayEndpoint(transport, host: values["host-ip"], port: port.number),
      target: RelayEndpoint(transport, host: values["container-ip"], port: target.number))
  }
}
