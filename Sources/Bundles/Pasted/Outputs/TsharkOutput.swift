internal import Capture
internal import Flows

/// `tshark` without `-w`: `    1 0.000000000 192.168.5.10 → 198.51.100.80 TCP 74 44444 → 80 [SYN] Seq=0 Win=64240 Len=0`.
///
/// Of packets of protocols above TCP it prints no ports: they belong to the only connection of their ends that it has printed.
struct TsharkOutput: PastedOutput {
  let name = "tshark"
  let isOfHost = false
  let isListing = true
  let signs: [PastedSign] = [.title("a packet as tshark prints it") { packet($0) != nil }]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<PrintedPacket>] {
    let packets = text.lines.compactMap { line in Self.packet(line.text).map { (line.number, $0) } }
    var ends: [Set<IPAddress>: Set<Flow>] = [:]
    for (_, packet) in packets where packet.hasPorts {
      ends[[packet.source.address, packet.destination.address], default: []].insert(packet.flow.unordered)
    }
    return packets.compactMap { line, packet in
      var flow = packet.flow
      if !packet.hasPorts {
        let known = ends[[packet.source.address, packet.destination.address]] ?? []
        guard known.count == 1, let only = known.first else { return nil }
        flow = only.source.address == packet.source.address ? only : only.reversed
      }
      return text.evident(
        PrintedPacket(flow: flow, length: packet.length, time: packet.time, tcp: packet.header), line: line)
    }
  }

  private struct Packet {
    var source: Endpoint
    var destination: Endpoint
    var transport: Transport
    var hasPorts: Bool
    var length: Int
    var time: Double?
    var header: TCPHeader?
    var flow: Flow { Flow(transport, from: source, to: destination) }
  }

  private static func packet(_ text: String) -> Packet? {
    guard text.utf8.count < 4096 else { return nil }
    let words = PastedWords.split(text)
    // NUMBER TIME SOURCE → DESTINATION PROTOCOL LENGTH INFO
    guard words.count >= 7, PastedWords.number(words[0]) != nil, let time = Double(words[1]), isArrow(words[3]),
      let near = PastedWords.address(words[2]), let far = PastedWords.address(words[4]), near.isV4 == far.isV4,
      let length = PastedWords.number(words[6]), length < 1 << 20
    else { return nil }
    let info = words[7...]
    var packet = Packet(
      source: Endpoint(near, 0), destination: Endpoint(far, 0), transport: words[5] == "UDP" ? .udp : .tcp,
      hasPorts: false, length: max(0, Int(length) - 14), time: time)
    let start = info.startIndex
    if info.count >= 3, isArrow(info[start + 1]), let from = port(info[start]), let to = port(info[start + 2]) {
      (packet.source, packet.destination, packet.hasPorts) = (Endpoint(near, from), Endpoint(far, to), true)
      let marks = info.dropFirst(3).prefix { !$0.contains("=") }.joined()
      if packet.transport == .tcp, marks.contains("[") {
        var flags: TCPHeader.Flags = []
        if marks.contains("SYN") { flags.insert(.syn) }
        if marks.contains("ACK") { flags.insert(.acknowledgment) }
        if marks.contains("FIN") { flags.insert(.fin) }
        if marks.contains("RST") { flags.insert(.reset) }
        packet.header = TCPHeader(flags: flags)
      }
    }
    return packet
  }

  private static func isArrow(_ word: Substring) -> Bool { word == "→" || word == "->" }

  private static func port(_ word: Substring) -> UInt16? { Port(word)?.number }
}

/// `tshark -z conv,tcp`: what each conversation carried in either direction.
struct ConversationsOutput: PastedOutput {
  let name = "tshark -z conv"
  let isOfHost = false
  let isListing = true
  let signs: [PastedSign] = [.title("two ends with <-> between") { conversation($0) != nil }]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<PrintedPacket>] {
    var transport = Transport.tcp
    var result: [Evident<PrintedPacket>] = []
    for line in text.lines {
      if line.text.hasPrefix("UDP Conversations") { transport = .udp }
      if line.text.hasPrefix("TCP Conversations") { transport = .tcp }
      guard let (one, other, back, forth) = Self.conversation(line.text) else { continue }
      for (flow, length) in [
        (Flow(transport, from: one, to: other), forth), (Flow(transport, from: other, to: one), back),
      ] where length > 0 {
        result.append(text.evident(PrintedPacket(flow: flow, length: length, time: nil, tcp: nil), line: line.number))
      }
    }
    return result
  }

  /// `A:PORT <-> B:PORT  FRAMES BYTES  FRAMES BYTES  FRAMES BYTES  START DURATION`: to the first end, from it, in all.
  private static func conversation(_ text: String) -> (Endpoint, Endpoint, Int, Int)? {
    let words = PastedWords.split(text)
    guard words.count >= 9, words[1] == "<->", let one = Endpoint(String(words[0])),
      let other = Endpoint(String(words[2]))
    else { return nil }
    var amounts: [Double] = []
    var index = 3
    while index < words.count, amounts.count < 6 {
      guard var amount = Double(words[index].replacing(",", with: "")), amount >= 0, amount < 1e15 else { return nil }
      index += 1
      if index < words.count, let unit = units[words[index]] {
        amount *= unit
        index += 1
      }
      guard amount < 1e15 else { return nil }
      amounts.append(amount)
    }
    guard amounts.count == 6 else { return nil }
    return (one, other, Int(amounts[1]), Int(amounts[3]))
  }

  private static let units: [Substring: Double] = ["bytes": 1, "kB": 1000, "MB": 1_000_000, "GB": 1_000_000_000]
}
