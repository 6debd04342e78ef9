internal import Flows

extension NameReader {
  mutating func takeUDP(_ frame: RawSpan, _ layer: PacketLayer, _ key: Key, _ time: Double) {
    let start = layer.payload.lowerBound
    if key.flow.source.port == 53 {
      takeAnswer(frame.array(in: layer.payload), key, time)
    } else if QUICInitial.begins(frame.byte(at: start) ?? 0, version: frame.bigEndian(at: start + 1)) {
      takeQUIC(frame, layer, key, time)
    }
  }

  mutating func takeAnswer(_ message: [UInt8], _ key: Key, _ time: Double) {
    guard let answer = DNSMessage(parsing: message) else { return }
    tell(
      NameAnswer(
        namespace: key.namespace, flow: key.flow.reversed, question: answer.question, aliases: answer.aliases,
        addresses: answer.addresses, lifetime: answer.lifetime, time: time))
  }

  private mutating func takeQUIC(_ frame: RawSpan, _ layer: PacketLayer, _ key: Key, _ time: Double) {
    if let known = finished[key], known.kind == .quic, abs(time - known.time) < 60 { return }
    if layer.payload.count < layer.payloadLength {
      // A truncated packet can't be decrypted; a server's answer would look the same except for its port.
      if key.flow.destination.port == 443 {
        tell(key, .quic, nil, reason: "the capture cut its packets off", time: time)
      }
      return
    }
    let datagram = frame.array(in: layer.payload)
    for packet in QUICInitial.all(in: datagram) {
      // The first packet's id gives the keys of all packets, unless a new connection begins or the server asked for a
      // retry.
      let first = beginnings[key].flatMap { $0.content == .quic ? $0.firstID : nil }
      var opened = first.flatMap { packet.frames(in: datagram, firstID: $0) }
      if opened == nil, first != packet.id {
        opened = packet.frames(in: datagram, firstID: packet.id)
        if opened != nil {
          begin(Opening(content: .quic, firstID: packet.id, started: time), key)
        }
      }
      guard let frames = opened else { continue }
      let before = beginnings[key]?.assembly.size ?? 0
      let grown = beginnings.update(key) { beginning in
        _ = QUICInitial.readFrames(frames, into: &beginning.assembly)
        beginning.pieces += 1
        return beginning.assembly.size - before
      }
      keptBytes += grown ?? 0
    }
    if beginnings[key]?.content == .quic { evaluate(key, time) }
  }
}
