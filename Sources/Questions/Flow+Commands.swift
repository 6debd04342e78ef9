public import Flows

extension Flow {
  /// The command with which a person can look the flow up in connection tracking.
  public var conntrackCommand: String {
    let ports = transport.hasPorts ? " --sport \(source.port) --dport \(destination.port)" : ""
    let family = source.address.isV4 ? "" : " -f ipv6"
    return "conntrack -L\(family) -p \(transport) -s \(source.address) -d \(destination.address)\(ports)"
  }

  /// The `ss` command for the socket whose local end is `source`; without a remote end if the flow has none.
  public var socketCommand: String {
    let options: String
    switch transport {
    case .tcp: options = "-tanpie"
    case .udp: options = "-uanpie"
    case .sctp: options = "-Sanpie"
    case .packet: return "ss -0anpe"
    default: return "ss -wanpe"
    }
    guard destination.port != 0 else { return "ss \(options) 'sport = :\(source.port)'" }
    return "ss \(options) 'src \(source) and dst \(destination)'"
  }
}
