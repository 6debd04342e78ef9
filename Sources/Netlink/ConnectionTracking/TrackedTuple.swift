internal import Flows

/// One direction of a tracked connection as netlink carries it.
struct TrackedTuple: Hashable, Sendable {
  let flow: Flow
  /// The conntrack zone, if it applies to this direction only; nil otherwise.
  let zone: UInt16?

  /// Reads a CTA_TUPLE_ORIG or CTA_TUPLE_REPLY attribute.
  init(parsing payload: RawSpan) throws(MalformedMessage) {
    var source: IPAddress?
    var destination: IPAddress?
    var transport: Transport?
    var ports: (source: UInt16, destination: UInt16) = (0, 0)
    var zone: UInt16?
    try payload.forEachAttribute { (type, value) throws(MalformedMessage) in
      switch type {
      case CTA_TUPLE_IP:
        try value.forEachAttribute { (type, value) throws(MalformedMessage) in
          switch type {
          case CTA_IP_V4_SRC, CTA_IP_V6_SRC: source = value.address
          case CTA_IP_V4_DST, CTA_IP_V6_DST: destination = value.address
          default: break
          }
        }
      case CTA_TUPLE_PROTO:
        try value.forEachAttribute { (type, value) throws(MalformedMessage) in
          switch type {
          case CTA_PROTO_NUM: transport = value.integer(at: 0).map { Transport($0) }
          case CTA_PROTO_SRC_PORT: ports.source = value.bigEndian(at: 0) ?? 0
          case CTA_PROTO_DST_PORT: ports.destination = value.bigEndian(at: 0) ?? 0
          case CTA_PROTO_ICMP_ID, CTA_PROTO_ICMPV6_ID:
            let id: UInt16 = value.bigEndian(at: 0) ?? 0
            ports = (id, id)
          default: break
          }
        }
      case CTA_TUPLE_ZONE: zone = value.bigEndian(at: 0)
      default: break
      }
    }
    guard let source, let destination, let transport else { throw MalformedMessage("tuple without addresses") }
    flow = Flow(
      transport, from: Endpoint(source, ports.source), to: Endpoint(destination, ports.destination))
    self.zone = zone
  }
}

extension NetlinkRequest {
  /// Appends `flow` as CTA_TUPLE_ORIG.
  ///
  /// - Parameter isEchoReply: for ICMP, whether the tuple is that of the answers.
  mutating func originalTuple(_ flow: Flow, isEchoReply: Bool = false) {
    let isV4 = flow.source.address.isV4
    nested(CTA_TUPLE_ORIG) { request in
      request.nested(CTA_TUPLE_IP) { request in
        request.attribute(isV4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, flow.source.address)
        request.attribute(isV4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, flow.destination.address)
      }
      request.nested(CTA_TUPLE_PROTO) { request in
        request.attribute(CTA_PROTO_NUM, flow.transport.number)
        let id = flow.source.port != 0 ? flow.source.port : flow.destination.port
        switch flow.transport {
        case .icmp:
          request.attribute(CTA_PROTO_ICMP_ID, id.bigEndian)
          request.attribute(CTA_PROTO_ICMP_TYPE, isEchoReply ? ICMP_ECHOREPLY : ICMP_ECHO)
          request.attribute(CTA_PROTO_ICMP_CODE, UInt8(0))
        case .icmp6:
          request.attribute(CTA_PROTO_ICMPV6_ID, id.bigEndian)
          request.attribute(CTA_PROTO_ICMPV6_TYPE, isEchoReply ? ICMPV6_ECHO_REPLY : ICMPV6_ECHO_REQUEST)
          request.attribute(CTA_PROTO_ICMPV6_CODE, UInt8(0))
        default:
          // Protocols without ports ignore them.
          request.attribute(CTA_PROTO_SRC_PORT, flow.source.port.bigEndian)
          request.attribute(CTA_PROTO_DST_PORT, flow.destination.port.bigEndian)
        }
      }
    }
  }
}
