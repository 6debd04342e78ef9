internal import Capture
internal import Flows
internal import Programs

/// `tcpdump` without `-w`, with any of `-n -e -q -v -t -i any`:
/// `02:08:27.829672 eth0 In IP 172.16.248.22.58318 > 10.8.1.3.3129: Flags [.], ack 1, win 64, length 0`.
struct TcpdumpOutput: PastedOutput {
  let name = "tcpdump"
  let isOfHost = false
  let isListing = true
  let signs: [PastedSign] = [
    .title("a packet as tcpdump prints it") { packet($0) != nil || isHeading($0) }
  ]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<PrintedPacket>] {
    let device = Self.device(text)
    var found: [Evident<PrintedPacket>] = []
    // With -v the ends are on the second line.
    var heading: String?
    for line in text.lines {
      if Self.isHeading(line.text) {
        heading = line.text
        continue
      }
      guard var packet = Self.packet(line.text, below: heading) else { continue }
      heading = nil
      packet.interface = packet.interface ?? device
      found.append(text.evident(packet, line: line.number))
    }
    // Times since the previous packet (`-ttt`) are no times of day.
    let times = found.compactMap(\.value.time)
    if zip(times, times.dropFirst()).contains(where: { $0 > $1 + 0.5 && $0 - $1 < 80_000 }) {
      for index in found.indices { found[index].value.time = nil }
    }
    // Times of day begin again at midnight.
    var days = 0.0
    var last = 0.0
    for index in found.indices {
      guard let time = found[index].value.time, time < 86_400 else { continue }
      if last - time >= 80_000 { days += 86_400 }
      last = time
      found[index].value.time = time + days
    }
    let cut = found.filter(\.value.isLengthUnknown)
    if let first = cut.first {
      let more = cut.count > 1 ? ", as \(cut.count - 1) other lines do" : ""
      notes.append(
        "\(first.source) does not show its packet's length\(more): what these connections carried is not known (paste whole lines)"
      )
    }
    return found
  }

  /// What was listened on, by the command (`-i tun0`, `-ni tun0`).
  private static func device(_ text: PastedSample) -> String? {
    guard let words = text.part.command?.words,
      let option = words.firstIndex(where: { $0.hasPrefix("-") && !$0.hasPrefix("--") && $0.hasSuffix("i") }),
      option + 1 < words.count, words[option + 1] != "any"
    else { return nil }
    return words[option + 1]
  }

  /// `09:15:01.000100 IP (tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto TCP (6), length 60)`
  private static func isHeading(_ text: String) -> Bool {
    text.utf8.count < 1024 && text.last == ")" && text.contains("(tos 0x") && text.contains(", proto ")
      && text.contains(", length ")
  }

  /// - Parameter heading: the line above with the packet's time and device, of `-v`.
  private static func packet(_ text: String, below heading: String? = nil) -> PrintedPacket? {
    guard text.utf8.count < 4096, var sign = text.firstRange(of: " > ") else { return nil }
    // `-e` prints the hardware addresses first.
    for _ in 0..<4 {
      if let packet = packet(text, at: sign, heading) { return packet }
      guard let next = text[sign.upperBound...].firstRange(of: " > ") else { return nil }
      sign = next
    }
    return nil
  }

  private static func packet(_ text: String, at sign: Range<String.Index>, _ heading: String?) -> PrintedPacket? {
    let own = PastedWords.split(text[..<sign.lowerBound])
    let head = heading.map { PastedWords.split($0) } ?? own
    let tail = text[sign.upperBound...]
    guard let near = own.last, let colon = tail.firstRange(of: ": ") else { return nil }
    let rest = tail[colon.upperBound...]
    // A line that is cut here does not tell its protocol.
    guard !"Flags [".hasPrefix(rest), !"tcp ".hasPrefix(rest) else { return nil }
    let isTCP = rest.hasPrefix("Flags [") || rest.hasPrefix("tcp ")
    let isNamed = head.contains {
      $0 == "IP" || $0 == "IP6" || $0 == "(0x0800)," || $0 == "(0x86dd)," || $0 == "(0x0800):"
    }
    guard isNamed || (own.count == 1 && rest.hasPrefix("Flags [")) else { return nil }
    let transport: Transport =
      isTCP
      ? .tcp
      : rest.hasPrefix("ICMP6")
        ? .icmp6
        : rest.hasPrefix("ICMP")
          ? .icmp
          : rest.hasPrefix("GRE")
            ? Transport(47)
            : rest.hasPrefix("ESP(") ? Transport(50) : .udp
    guard let source = end(near, transport), let destination = end(tail[..<colon.lowerBound], transport),
      source.address.isV4 == destination.address.isV4 || source.address.standsFor != nil
        || destination.address.standsFor != nil
    else { return nil }
    var tcp: TCPHeader?
    if rest.hasPrefix("Flags [") {
      let marks = rest.dropFirst(7).prefix { $0 != "]" }
      var flags: TCPHeader.Flags = []
      if marks.contains("S") { flags.insert(.syn) }
      if marks.contains(".") { flags.insert(.acknowledgment) }
      if marks.contains("F") { flags.insert(.fin) }
      if marks.contains("R") { flags.insert(.reset) }
      tcp = TCPHeader(flags: flags)
    }
    let headers =
      (source.address.isV4 || source.address.standsFor != nil ? 20 : 40) + (isTCP ? 20 + options(rest) : 8)
    let payload = length(rest)
    var packet = PrintedPacket(
      flow: Flow(transport, from: source, to: destination),
      length: wholeLength(head) ?? payload.map { $0 + headers } ?? 0, time: time(head), tcp: tcp)
    packet.isLengthUnknown = payload == nil && wholeLength(head) == nil && isTCP
    packet.content = String(rest)
    // `tun0  In  IP`, `eth0  Out IP`
    if let at = head.firstIndex(where: { $0 == "In" || $0 == "Out" }), at > 0 {
      packet.isOutgoing = head[at] == "Out"
      // Older versions print the time here and no device.
      if at > 0, !head[at - 1].contains(":"), !head[at - 1].contains(".") || head[at - 1].contains(where: \.isLetter) {
        packet.interface = String(head[at - 1])
      }
    }
    return packet
  }

  /// Of the payload: `length 1448`, `tcp 1448` of `-q`, `1234+ A? example.com. (29)` of a name's question; nil if the
  /// line does not have it.
  private static func length(_ rest: Substring) -> Int? {
    if rest.hasPrefix("tcp ") { return number(rest.dropFirst(4).prefix { $0.isNumber }) }
    if let at = rest.firstRange(of: "length ") { return number(rest[at.upperBound...].prefix { $0.isNumber }) }
    guard rest.last == ")", let open = rest.lastIndex(of: "(") else { return nil }
    return number(rest[open...].dropFirst().dropLast())
  }

  private static func number(_ text: Substring) -> Int? { text.isEmpty ? nil : PrintedPacket.length(text) }

  /// The network-layer bytes that `-v` prints: `proto TCP (6), length 60)`, `payload length: 40)` of IPv6.
  private static func wholeLength(_ head: [Substring]) -> Int? {
    guard let at = head.lastIndex(where: { $0 == "length" || $0 == "length:" }), at + 1 < head.count,
      head[at + 1].hasSuffix(")")
    else { return nil }
    return number(head[at + 1].dropLast()).map { head[at] == "length:" ? $0 + 40 : $0 }
  }

  /// The bytes of TCP's options, padded: `options [nop,nop,TS val 1 ecr 2]`.
  private static func options(_ rest: Substring) -> Int {
    guard let start = rest.firstRange(of: "options ["), let end = rest[start.upperBound...].firstIndex(of: "]") else {
      return 0
    }
    let bytes = rest[start.upperBound..<end].split(separator: ",").reduce(0) { sum, option in
      let words = option.split(separator: " ")
      switch words.first {
      case "nop", "eol": return sum + 1
      case "mss": return sum + 4
      case "sackOK": return sum + 2
      case "wscale": return sum + 3
      case "TS": return sum + 10
      case "md5": return sum + 18
      case "sack": return sum + 2 + 8 * min(4, words.dropFirst().first.flatMap { Int($0) } ?? 1)
      case "mptcp": return sum + min(40, words.dropFirst().first.flatMap { Int($0) } ?? 4)
      default: return sum
      }
    }
    return min(40, (bytes + 3) / 4 * 4)
  }

  /// `172.16.248.22.58318`, `web01.lan.https` where `-n` was left out: the port follows the last dot.
  private static func end(_ word: some StringProtocol, _ transport: Transport) -> Endpoint? {
    let word = Substring(word)
    if !transport.hasPorts { return address(word).map { Endpoint($0, 0) } }
    guard let dot = word.lastIndex(of: ".") else { return nil }
    let name = word[word.index(after: dot)...]
    guard let address = address(word[..<dot]) else { return nil }
    if let port = Port(name) { return Endpoint(address, port.number) }
    return ServiceNames.pasted.services(named: String(name)).first { $0.transport == transport }
      .map { Endpoint(address, $0.port) }
  }

  /// A hardware's address is none.
  private static func address(_ word: Substring) -> IPAddress? {
    PastedWords.address(word) ?? (word.contains(":") ? nil : PastedWords.standIn(word))
  }

  /// `02:08:27.829672`, in seconds of the day; `2026-11-30 02:08:27.829672` of `-tttt` and `1796009186.829672` of
  /// `-tt`, in seconds since 1970 (of the local time where a date tells it).
  private static func time(_ words: [Substring]) -> Double? {
    let date = words.first.flatMap { days($0) } ?? 0
    for word in words.prefix(2) {
      let parts = word.split(separator: ":")
      if parts.count == 1, word.utf8.count > 12, let seconds = Double(word), seconds > 1e9 { return seconds }
      guard parts.count == 3, let hours = Double(parts[0]), let minutes = Double(parts[1]),
        let seconds = Double(parts[2])
      else { continue }
      return date * 86_400 + hours * 3600 + minutes * 60 + seconds
    }
    return nil
  }

  /// The days since 1970 of `2026-11-30`.
  private static func days(_ word: Substring) -> Double? {
    let parts = word.split(separator: "-")
    guard parts.count == 3, parts[0].count == 4, let year = Int(parts[0]), let month = Int(parts[1]),
      let day = Int(parts[2]), (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    // The year begins in March, so that the leap day is its last.
    let shifted = month > 2 ? year : year - 1
    let ofYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    return Double(shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + ofYear - 719_468)
  }
}
