internal import Flows

extension Dissector {
  /// Reads an IP header of `version`, or of the version that it states.
  mutating func readIP(_ frame: RawSpan, at start: Int, version: UInt8? = nil) {
    guard spend(), let first = frame.byte(at: start), version == nil || first >> 4 == version else { return }
    switch first >> 4 {
    case 4: readIPv4(frame, at: start, header: Int(first & 15) * 4)
    case 6: readIPv6(frame, at: start)
    default: break
    }
  }

  /// The end on the wire of something that begins at `start` and states the given length.
  private func end(_ start: Int, _ length: Int, atLeast least: Int) -> Int {
    length < least || length > wireLength - start ? wireLength : start + length
  }

  /// RFC 791, section 3.1.
  private mutating func readIPv4(_ frame: RawSpan, at start: Int, header: Int) {
    guard let length: UInt16 = frame.bigEndian(at: start + 2), let place: UInt16 = frame.bigEndian(at: start + 6),
      let transport = frame.byte(at: start + 9),
      let source = frame.address(at: start + 12, isV4: true),
      let destination = frame.address(at: start + 16, isV4: true)
    else { return }
    let end = end(start, Int(length), atLeast: max(20, header))
    readTransport(
      frame, Transport(transport), at: start + max(20, header), source, destination, start: start, end: end,
      isLaterFragment: place & 0x1FFF != 0, isFirstFragment: place & 0x1FFF == 0 && place & 0x2000 != 0,
      isBroken: header < 20, identification: frame.bigEndian(at: start + 4) ?? 0,
      hopLimit: frame.byte(at: start + 8) ?? 0)
  }

  /// RFC 8200, section 3, and the extension headers of section 4.
  private mutating func readIPv6(_ frame: RawSpan, at start: Int) {
    guard let length: UInt16 = frame.bigEndian(at: start + 4), var next = frame.byte(at: start + 6),
      let source = frame.address(at: start + 8, isV4: false),
      let destination = frame.address(at: start + 24, isV4: false)
    else { return }
    // A length of 0 is a jumbogram's, or was left to the hardware.
    let end = length == 0 ? wireLength : end(start, Int(length) + 40, atLeast: 40)
    var offset = start + 40
    var isLater = false
    var isFirst = false
    var isBroken = false
    extensions: while !isLater {
      switch next {
      // Hop-by-hop options, routing, destination options, mobility, HIP, shim6.
      case 0, 43, 60, 135, 139, 140:
        guard spend(), let following = frame.byte(at: offset), let length = frame.byte(at: offset + 1) else {
          isBroken = true
          break extensions
        }
        next = following
        offset += (Int(length) + 1) * 8
      case 44:
        guard spend(), let following = frame.byte(at: offset), let place: UInt16 = frame.bigEndian(at: offset + 2)
        else {
          isBroken = true
          break extensions
        }
        next = following
        offset += 8
        isLater = place & 0xFFF8 != 0
        isFirst = !isLater && place & 1 != 0
      // The authentication header counts in words of 4 (RFC 4302).
      case 51:
        guard spend(), let following = frame.byte(at: offset), let length = frame.byte(at: offset + 1) else {
          isBroken = true
          break extensions
        }
        next = following
        offset += (Int(length) + 2) * 4
      default: break extensions
      }
    }
    readTransport(
      frame, Transport(next), at: offset, source, destination, start: start, end: end, isLaterFragment: isLater,
      isFirstFragment: isFirst, isBroken: isBroken || offset > end, identification: 0,
      hopLimit: frame.byte(at: start + 7) ?? 0)
  }

  /// Reads the transport header, and then what the transport carries.
  private mutating func readTransport(
    _ frame: RawSpan, _ transport: Transport, at offset: Int, _ source: IPAddress, _ destination: IPAddress, start: Int,
    end: Int,
    isLaterFragment: Bool, isFirstFragment: Bool, isBroken: Bool, identification: UInt16, hopLimit: UInt8
  ) {
    let captured = min(end, frame.byteCount)
    let first = min(offset, captured)
    var layer = PacketLayer(
      flow: Flow(transport, from: Endpoint(source, 0), to: Endpoint(destination, 0)), hasPorts: false,
      isLaterFragment: isLaterFragment, isFirstFragment: isFirstFragment, length: end - start,
      payload: first..<captured, payloadLength: max(0, end - offset), identification: identification,
      hopLimit: hopLimit)
    guard !isLaterFragment, !isBroken, offset <= captured else { return add(layer) }
    if transport.hasPorts, offset + 4 <= captured, let from: UInt16 = frame.bigEndian(at: offset),
      let to: UInt16 = frame.bigEndian(at: offset + 2)
    {
      layer.flow.source.port = from
      layer.flow.destination.port = to
      layer.hasPorts = true
    }
    switch transport {
    case .tcp: readTCP(frame, at: offset, end: end, captured: captured, &layer)
    case .udp, .udpLite: readUDP(frame, at: offset, end: end, captured: captured, &layer)
    case .sctp, .dccp: move(&layer, offset, by: 12, end: end, captured: captured)
    case .icmp, .icmp6: readICMP(frame, at: offset, captured: captured, &layer)
    default: break
    }
    add(layer)
    guard packet.encapsulations.count < 8 else { return }
    readCarried(frame, by: layer, at: offset)
  }

  private mutating func add(_ layer: PacketLayer) {
    if packet.outer == nil { packet.outer = layer } else { packet.inner = layer }
  }

  /// Sets the payload's start `count` bytes behind `offset`.
  private func move(_ layer: inout PacketLayer, _ offset: Int, by count: Int, end: Int, captured: Int) {
    layer.payload = min(offset + count, captured)..<captured
    layer.payloadLength = max(0, end - offset - count)
  }

  private func readTCP(_ frame: RawSpan, at offset: Int, end: Int, captured: Int, _ layer: inout PacketLayer) {
    guard offset + 14 <= captured, let sequence: UInt32 = frame.bigEndian(at: offset + 4),
      let acknowledgment: UInt32 = frame.bigEndian(at: offset + 8), let words = frame.byte(at: offset + 12),
      let flags = frame.byte(at: offset + 13), words >> 4 >= 5
    else {
      layer.payload = captured..<captured
      layer.payloadLength = 0
      return
    }
    layer.tcp = TCPHeader(flags: .init(rawValue: flags), sequence: sequence, acknowledgment: acknowledgment)
    move(&layer, offset, by: Int(words >> 4) * 4, end: end, captured: captured)
  }

  /// RFC 768. A length of 0 is a jumbogram's (RFC 2675), or was left to the hardware.
  private func readUDP(_ frame: RawSpan, at offset: Int, end: Int, captured: Int, _ layer: inout PacketLayer) {
    var end = end
    if let length: UInt16 = frame.bigEndian(at: offset + 4), length >= 8, layer.flow.transport == .udp {
      end = min(end, offset + Int(length))
    }
    move(&layer, offset, by: 8, end: end, captured: min(end, captured))
  }

  /// Echo requests and replies have an identifier (RFC 792; RFC 4443, section 4). Packets quoted in errors are ignored.
  private func readICMP(_ frame: RawSpan, at offset: Int, captured: Int, _ layer: inout PacketLayer) {
    guard offset + 6 <= captured, let type = frame.byte(at: offset),
      let identifier: UInt16 = frame.bigEndian(at: offset + 4)
    else { return }
    switch (layer.flow.transport, type) {
    case (.icmp, 8), (.icmp6, 128): layer.flow.source.port = identifier
    case (.icmp, 0), (.icmp6, 129): layer.flow.destination.port = identifier
    default: break
    }
  }
}
