internal import Capture
internal import Flows

/// A packet that was printed by `tcpdump` without `-w`, in a firewall's log, or in a hoster's mail.
struct PrintedPacket: Hashable, Sendable {
  /// The flow from the sender.
  var flow: Flow
  /// Network-layer bytes, as far as they were printed.
  var length: Int
  /// Seconds since an arbitrary moment; nil if the line has no time.
  var time: Double?
  var tcp: TCPHeader?
  /// The device that it passed, and whether it left the host there, if the line has them (`tcpdump -i any`, netfilter).
  var interface: String?
  var isOutgoing: Bool?
  /// The word with which a firewall's log says that the packet was stopped: `BLOCK`.
  var verdict: String?
  /// Whether the line does not show how long the packet is: it is cut off before.
  var isLengthUnknown = false
  /// The text behind the two ends, which is the same before and after a translation.
  var content = ""

  /// The packets, in which those that were printed twice get numbers in place of sequence numbers: as they came in by
  /// one device and as they left by another, with a different address at one end.
  static func numbered(_ packets: [Evident<PrintedPacket>]) -> [Evident<PrintedPacket>] {
    var result = packets
    for (index, packet) in packets.enumerated() where packet.value.isOutgoing == false && packet.value.tcp != nil {
      let later = (index + 1..<max(index + 1, min(index + 9, packets.count))).filter {
        packet.value.passes(as: packets[$0].value)
      }
      guard later.count == 1, let other = later.first, result[other].value.tcp?.sequence == 0 else { continue }
      for place in [index, other] {
        result[place].value.tcp?.sequence = UInt32(clamping: index + 2)
        result[place].value.tcp?.acknowledgment = 2
      }
    }
    return result
  }

  /// The printed length, at most a megabyte.
  static func length(_ text: Substring) -> Int { min(max(0, Int(text) ?? 0), 1 << 20) }

  /// Whether `other` is the same packet after a translation.
  private func passes(as other: PrintedPacket) -> Bool {
    guard other.isOutgoing == true, other.interface != interface, other.content == content, other.length == length,
      let time, let later = other.time, (0...0.01).contains(later - time), other.flow.transport == flow.transport,
      other.flow != flow, other.tcp?.flags == tcp?.flags
    else { return false }
    if other.flow.destination == flow.destination { return other.flow.source.port == flow.source.port }
    return other.flow.source == flow.source && other.flow.destination.port == flow.destination.port
  }
}

/// netfilter's log of packets:
/// `IN=docker0 OUT=eth0 SRC=172.17.0.2 DST=10.8.1.3 LEN=60 … PROTO=TCP SPT=40142 DPT=3129 SYN`, and nftables traces:
/// `ip saddr 172.17.0.2 ip daddr 10.8.1.3 … tcp sport 40142 tcp dport 3129`.
struct FirewallLogOutput: PastedOutput {
  let name = "firewall log"
  let isOfHost = false
  let isListing = true
  let signs: [PastedSign] = [.title("a packet as netfilter logs it") { packet($0) != nil }]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<PrintedPacket>] {
    text.lines.compactMap { line in Self.packet(line.text).map { text.evident($0, line: line.number) } }
  }

  private static func packet(_ text: String) -> PrintedPacket? {
    guard text.utf8.count < 4096, text.contains("SRC=") || text.contains("saddr") else { return nil }
    var words = PastedWords.split(text)
    // An ICMP error quotes the packet that it is about: `[SRC=10.8.1.3 DST=192.0.2.4 … ]`.
    if let quote = words.firstIndex(where: { $0.hasPrefix("[SRC=") }) { words.removeSubrange(quote...) }
    var values: [Substring: Substring] = [:]
    for (index, word) in words.enumerated() {
      if let equals = word.firstIndex(of: "=") {
        let key = word[..<equals]
        if values[key] == nil { values[key] = word[word.index(after: equals)...] }
      } else if index + 1 < words.count, ["saddr", "daddr", "sport", "dport"].contains(word), values[word] == nil {
        values[word] = words[index + 1]
      }
    }
    let isTrace = values["SRC"] == nil
    let word: Substring? =
      isTrace ? (words.contains("tcp") ? "tcp" : words.contains("udp") ? "udp" : nil) : values["PROTO"]
    guard let name = word, let transport = Transport(name.lowercased()),
      let source = values[isTrace ? "saddr" : "SRC"].flatMap({ PastedWords.address($0) }),
      let destination = values[isTrace ? "daddr" : "DST"].flatMap({ PastedWords.address($0) })
    else { return nil }
    let ports = (
      values[isTrace ? "sport" : "SPT"].flatMap { Port($0) }, values[isTrace ? "dport" : "DPT"].flatMap { Port($0) }
    )
    guard !transport.hasPorts || (ports.0 != nil && ports.1 != nil) else { return nil }
    let flow = Flow(
      transport, from: Endpoint(source, ports.0?.number ?? 0), to: Endpoint(destination, ports.1?.number ?? 0))
    let isOpening = words.contains("SYN") && !words.contains("ACK")
    var packet = PrintedPacket(
      flow: flow, length: values["LEN"].map { PrintedPacket.length($0) } ?? 0, time: nil,
      tcp: transport == .tcp && !isTrace ? TCPHeader(flags: isOpening ? [.syn] : [.acknowledgment]) : nil)
    let devices = (values["IN"].flatMap { $0.isEmpty ? nil : $0 }, values["OUT"].flatMap { $0.isEmpty ? nil : $0 })
    if let device = devices.0 ?? devices.1 {
      packet.interface = String(device)
      // After routing (POSTROUTING) forwarded packets have no incoming device either; but only the host's own packets
      // have a UID.
      packet.isOutgoing = devices.0 != nil ? false : values["UID"] != nil ? true : nil
    }
    packet.verdict = verdict(text)
    return packet
  }
}

extension FirewallLogOutput {
  /// The word with which the log's prefix says that the packet was stopped: `BLOCK` of `[UFW BLOCK]`, `DROP`.
  private static func verdict(_ text: String) -> String? {
    guard let start = text.firstRange(of: "IN=") ?? text.firstRange(of: "SRC=") else { return nil }
    let words = text[..<start.lowerBound].split { !$0.isLetter }
    return words.last { stops.contains($0.uppercased()) }.map(String.init)
  }

  private static let stops: Set<String> = [
    "BLOCK", "BLOCKED", "DROP", "DROPPED", "REJECT", "REJECTED", "DENY", "DENIED",
  ]
}

/// The lines in a hoster's mail about a scan:
/// `2024-06-14 04:15:33  203.0.113.55 48482 ->     192.168.0.1  5432   78 TCP`.
struct AbuseMailOutput: PastedOutput {
  let name = "abuse mail"
  let isOfHost = false
  let isListing = true
  let signs: [PastedSign] = [.line("a packet with an arrow between its ends") { packet($0) != nil }]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<PrintedPacket>] {
    text.lines.compactMap { line in Self.packet(line.text).map { text.evident($0, line: line.number) } }
  }

  private static func packet(_ text: String) -> PrintedPacket? {
    guard text.utf8.count < 400, let arrow = text.firstRange(of: "->") ?? text.firstRange(of: "=>") else { return nil }
    let left = PastedWords.split(text[..<arrow.lowerBound])
    // Such a line has a time. lsof and people put an arrow between two ends as well.
    let hasTime = left.contains { word in
      word.split(separator: ":").count >= 3 && word.prefix(2).allSatisfy(\.isNumber)
        && PastedWords.address(word) == nil && PastedWords.endpoint(word, .tcp, nil) == nil
    }
    let isApart = text[..<arrow.lowerBound].last == " " && text[arrow.upperBound...].first == " "
    guard hasTime, isApart else { return nil }
    let right = PastedWords.split(text[arrow.upperBound...])
    guard let source = end(left.suffix(2)), let destination = end(right.prefix(2))
    else {
      return nil
    }
    let words = left + right
    guard
      let transport = words.lazy.compactMap({ word in
        ["TCP", "UDP"].contains(word.uppercased()) ? Transport(word.lowercased()) : nil
      }).first
    else { return nil }
    let flow = Flow(transport, from: source, to: destination)
    return PrintedPacket(flow: flow, length: 0, time: nil, tcp: transport == .tcp ? TCPHeader(flags: [.syn]) : nil)
  }

  /// Reads `203.0.113.55 48482`, `203.0.113.55:48482`.
  private static func end(_ words: ArraySlice<Substring>) -> Endpoint? {
    for word in words { if let whole = Endpoint(String(word)) { return whole } }
    guard words.count == 2, let first = words.first, let second = words.last, let address = PastedWords.address(first),
      let port = Port(second)
    else { return nil }
    return Endpoint(address, port.number)
  }
}
