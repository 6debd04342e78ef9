public import Flows

/// Filters for the packets of a flow in other programs.
public enum CaptureFilter {
  /// For tcpdump and Wireshark's capture filter (pcap-filter(7)): `tcp and host A and host B and port 1 and port 2`.
  public static func text(_ flow: Flow) -> String {
    let (source, destination) = (flow.source, flow.destination)
    var parts = ["host \(source.address)", "host \(destination.address)"]
    if flow.transport.hasPorts { parts += [source, destination].map { "port \($0.port)" } }
    let transport =
      [Transport.tcp, .udp, .sctp, .icmp, .icmp6].contains(flow.transport) ? "\(flow.transport) and " : ""
    return transport + parts.joined(separator: " and ")
  }

  /// For the packets of both flows.
  public static func text(_ one: Flow, or other: Flow) -> String { "(\(text(one))) or (\(text(other)))" }

  /// For Wireshark's and tshark's display filter (wireshark-filter(4)).
  public static func display(_ flow: Flow) -> String {
    let field = { (end: Endpoint) in end.address.isV4 ? "ip.addr" : "ipv6.addr" }
    var parts = [flow.source, flow.destination].map { "\(field($0)) == \($0.address)" }
    switch flow.transport {
    case .tcp, .udp, .sctp, .dccp:
      parts += [flow.source, flow.destination].map { "\(flow.transport).port == \($0.port)" }
    case .icmp: parts.append("icmp")
    case .icmp6: parts.append("icmpv6")
    default: break
    }
    return parts.joined(separator: " && ")
  }
}
