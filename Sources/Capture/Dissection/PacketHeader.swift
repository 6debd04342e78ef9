internal import Flows

/// What of a packet tells who talks with whom, and no more.
public enum PacketHeader {
  /// What is kept of packets that are not IP, and of what ICMP quotes.
  private static let others = 128

  /// How many bytes of `frame` its headers are. Of handshakes (TLS, QUIC) and DNS messages it is all, because they have names.
  public static func length(of frame: RawSpan, link: LinkType, wireLength: Int) -> Int {
    let dissected = Dissector.dissect(frame, link: link, wireLength: wireLength)
    guard let layer = dissected.innermost else { return min(frame.byteCount, others) }
    let start = layer.payload.lowerBound
    if layer.flow.transport.isICMP { return min(frame.byteCount, start + others) }
    // The payload of other transports may begin with a header that is not read.
    guard layer.hasPorts else { return min(frame.byteCount, start + (layer.isLaterFragment ? 0 : 16)) }
    return isName(layer, frame) ? frame.byteCount : min(frame.byteCount, start)
  }

  private static func isName(_ layer: PacketLayer, _ frame: RawSpan) -> Bool {
    guard !layer.payload.isEmpty else { return false }
    let ports = [layer.flow.source.port, layer.flow.destination.port]
    if ports.contains(53) || ports.contains(5353) { return true }
    guard let first = frame.byte(at: layer.payload.lowerBound) else { return false }
    if layer.flow.transport == .tcp {
      // A record with a handshake message (RFC 8446, section 5.1).
      return first == 22 && frame.byte(at: layer.payload.lowerBound + 1) == 3
    }
    // A long header (RFC 9000, section 17.2).
    return layer.flow.transport == .udp && first & 0xC0 == 0xC0 && ports.contains(443)
  }
}
