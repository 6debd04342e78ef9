internal import Flows

extension NameReader {
  mutating func takeTCP(_ frame: RawSpan, _ layer: PacketLayer, _ tcp: TCPHeader, _ key: Key, _ time: Double) {
    let isResolver = key.flow.source.port == 53
    var sequence = tcp.sequence
    if tcp.flags.contains(.syn) {
      sequence &+= 1
      // Only an initiator's stream begins with a request, and only a resolver's with an answer.
      if tcp.opens || isResolver {
        finished.remove(key)
        if beginnings[key]?.base != sequence {
          begin(Opening(content: isResolver ? .dns : .unknown, base: sequence, started: time), key)
        }
      }
    }
    if !layer.payload.isEmpty {
      if beginnings[key] == nil, isBeginning(frame, layer, key, time) {
        begin(Opening(content: isResolver ? .dns : .unknown, base: sequence, started: time), key)
      }
      if let beginning = beginnings[key] {
        let offset = Int(Int32(bitPattern: sequence &- beginning.base))
        if offset < beginning.assembly.limit {
          add(frame.array(in: layer.payload), at: offset, to: key)
          let isCut = layer.payload.count < layer.payloadLength || layer.isFirstFragment
          _ = beginnings.update(key) { $0.isEnded = $0.isEnded || isCut }
          evaluate(key, time)
        }
      }
    } else if layer.payloadLength > 0, beginnings[key] != nil {
      // The payload was not captured.
      end(key, at: time)
    }
    if !tcp.flags.isDisjoint(with: [.fin, .reset]) { end(key, at: time) }
  }

  /// Whether a packet of a flow whose start was not seen looks like a start.
  private func isBeginning(_ frame: RawSpan, _ layer: PacketLayer, _ key: Key, _ time: Double) -> Bool {
    let known = finished[key]
    // Packets may be repeated; a tuple is also reused, but not so soon.
    if let known, known.kind != .http, abs(time - known.time) < 60 { return false }
    let start = layer.payload.lowerBound
    let first = frame.byte(at: start) ?? 0
    if key.flow.source.port == 53 {
      guard let length: UInt16 = frame.bigEndian(at: start), let flags = frame.byte(at: start + 4) else { return false }
      return length >= 12 && flags & 0xF8 == 0x80
    }
    guard first == 22 || (0x41...0x5A).contains(first) else { return false }
    let bytes = frame.array(in: start..<min(layer.payload.upperBound, start + 24))
    return TLSRecords.begins(bytes[...]) == true || HTTPRequest.begins(bytes[...]) == true
  }

  /// Checks whether the bytes so far are enough.
  mutating func evaluate(_ key: Key, _ time: Double) {
    guard let beginning = beginnings[key] else { return }
    // A sender of single bytes must not make this read all of them each time.
    let atEnd = beginning.isEnded || beginning.assembly.isFull || beginning.pieces > 256
    switch beginning.content {
    case .unknown: recognise(key, beginning, atEnd, time)
    case .dns: readAnswers(key, time)
    case .tls:
      switch TLSRecords.clientHello(in: beginning.assembly.bytes, atEnd: atEnd) {
      case .other: forget(key)
      case .partial: if atEnd { tell(key, .tls, nil, reason: "cut off before the server's name", time: time) }
      case .whole(let hello): tell(key, .tls, hello, time: time)
      }
    case .http:
      switch HTTPRequest.host(in: beginning.assembly.bytes, atEnd: atEnd) {
      case .other: forget(key)
      case .partial: break
      case .host(let name): tell(key, .http, name, time: time)
      case .none(let reason): tell(key, .http, nil, reason: reason, time: time)
      }
    case .quic:
      switch ClientHello.parse(handshake: beginning.assembly.bytes[...], atEnd: atEnd) {
      case .other: forget(key)
      case .partial: if atEnd { tell(key, .quic, nil, reason: "cut off before the server's name", time: time) }
      case .whole(let hello): tell(key, .quic, hello, time: time)
      }
    }
  }

  /// Uses the bytes so far, because no more will arrive.
  mutating func end(_ key: Key, at time: Double) {
    guard beginnings[key] != nil else { return }
    _ = beginnings.update(key) { $0.isEnded = true }
    evaluate(key, time)
    forget(key)
  }

  private mutating func recognise(_ key: Key, _ beginning: Opening, _ atEnd: Bool, _ time: Double) {
    let bytes = beginning.assembly.bytes
    guard !bytes.isEmpty else {
      if atEnd { forget(key) }
      return
    }
    switch ProxyHeader.length(in: bytes) {
    case .some(let length?):
      let isTaken = beginnings.update(key) { beginning in
        beginning.assembly.drop(length)
        beginning.base &+= UInt32(length)
        return length > 0
      }
      keptBytes -= length
      if isTaken == true { evaluate(key, time) }
      return
    case .some(nil):
      if atEnd { forget(key) }
      return
    case nil: break
    }
    let (isTLS, isHTTP) = (TLSRecords.begins(bytes[...]), HTTPRequest.begins(bytes[...]))
    if isTLS == true || isHTTP == true {
      _ = beginnings.update(key) { $0.content = isTLS == true ? .tls : .http }
      evaluate(key, time)
    } else if atEnd || (isTLS == false && isHTTP == false) {
      forget(key)
    }
  }

  /// Reads messages that are preceded by their length (RFC 1035, section 4.2.2).
  private mutating func readAnswers(_ key: Key, _ time: Double) {
    while let beginning = beginnings[key] {
      let bytes = beginning.assembly.bytes
      let length = bytes.count < 2 ? 0 : Int(bytes[0]) << 8 | Int(bytes[1])
      let isTorn = beginning.isEnded || beginning.pieces > 256 || beginning.assembly.isFull
      guard bytes.count >= 2 + max(12, length) else {
        if isTorn || (bytes.count >= 2 && length < 12) { forget(key) }
        return
      }
      if length < 12 { return forget(key) }
      takeAnswer(Array(bytes[2..<2 + length]), key, time)
      _ = beginnings.update(key) { beginning in
        beginning.assembly.drop(2 + length)
        beginning.base &+= UInt32(2 + length)
        beginning.pieces = 0
      }
      keptBytes -= 2 + length
    }
  }
}
