internal import Flows
internal import Programs

/// `/proc/net/tcp`, `/proc/net/tcp6`, `/proc/net/udp`: people paste them where BusyBox's netstat shows no more.
struct ProcNetOutput: PastedOutput {
  let name = "/proc/net/tcp"
  let isOfHost = false
  let signs: [PastedSign] = [
    .title("the heading of /proc/net/tcp, or a line of it") { line in
      line.contains("sl  local_address") || socket(line, .tcp, 1) != nil
    }
  ]
  /// Nil because the script of `ss` collects it, next to a netstat that shows no processes.
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<ListedSocket>] {
    let shown = text.name + " " + (text.part.command?.text ?? "")
    var isUDP = shown.contains("udp")
    return text.lines.compactMap { line in
      // `==> /proc/net/udp <==` of head and tail.
      if line.text.contains("/proc/net/") { isUDP = line.text.contains("udp") }
      return Self.socket(line.text, isUDP ? .udp : .tcp, line.number).map { text.evident($0, line: line.number) }
    }
  }

  private static let states = [
    "", "established", "syn-sent", "syn-received", "fin-wait-1", "fin-wait-2", "time-wait", "closed", "close-wait",
    "last-ack", "listening", "closing", "syn-received",
  ]

  /// Reads `0: 0100007F:0277 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0  0 12345 …`.
  private static func socket(_ text: String, _ transport: Transport, _ line: Int) -> ListedSocket? {
    let words = PastedWords.split(text)
    guard words.count >= 10, words[0].last == ":", Int(words[0].dropLast()) != nil, let local = end(words[1]),
      let remote = end(words[2]), words[3].utf8.count == 2, let number = Int(words[3], radix: 16),
      states.indices.contains(number), number > 0
    else { return nil }
    var socket = ListedSocket(transport, state: states[number], local: local, remote: remote, line: line)
    socket.uid = UInt32(words[7])
    socket.inode = PastedWords.number(words[9])
    return socket
  }

  /// Reads words of 32 bits in the host's byte order, which is nearly always little-endian.
  private static func end(_ word: Substring) -> Endpoint? {
    let parts = word.split(separator: ":")
    guard parts.count == 2, parts[1].utf8.count == 4, let port = UInt16(parts[1], radix: 16),
      parts[0].utf8.count == 8 || parts[0].utf8.count == 32
    else { return nil }
    var bytes: [UInt8] = []
    var rest = parts[0]
    while !rest.isEmpty {
      guard let value = UInt32(rest.prefix(8), radix: 16) else { return nil }
      bytes += (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32($0 * 8)) }
      rest = rest.dropFirst(8)
    }
    return IPAddress(networkOrder: bytes).map { Endpoint($0, port) }
  }
}

/// `ifconfig`, old and new versions.
struct IfconfigOutput: PastedOutput {
  let name = "ifconfig"
  let isOfHost = false
  let hasParagraphs = true
  let signs: [PastedSign] = [
    .title("an interface with its flags, as ifconfig prints it") { line in
      line.first != " " && (line.contains(": flags=") || line.contains("Link encap:"))
    }
  ]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<ListedInterface>] {
    var found: [ListedInterface] = []
    for line in text.lines {
      let words = PastedWords.split(line.text)
      guard let first = words.first else { continue }
      if line.text.contains(": flags=") || line.text.contains("Link encap:") {
        var interface = ListedInterface(
          name: String(first.last == ":" ? first.dropLast() : first), index: nil, line: line.number)
        interface.isUp = !line.text.contains(": flags=") || line.text.contains("UP")
        interface.hasNoLinkHeader = line.text.contains("Link encap:UNSPEC")
        found.append(interface)
      }
      guard !found.isEmpty, let address = Self.address(words, line.number) else { continue }
      found[found.count - 1].addresses.append(address)
    }
    for index in found.indices { found[index].guessKind() }
    return found.map { text.evident($0, line: $0.line) }
  }

  /// Reads `inet 10.0.0.2  netmask 255.255.255.0`, `inet addr:10.0.0.2  Bcast:10.0.0.255  Mask:255.255.255.0`,
  /// `inet6 fe80::1  prefixlen 64`.
  private static func address(_ words: [Substring], _ line: Int) -> ListedInterface.Address? {
    guard words.count > 1, words[0] == "inet" || words[0] == "inet6" else { return nil }
    let value = words[1].hasPrefix("addr:") ? words[1].dropFirst(5) : words[1]
    let text = value.isEmpty && words.count > 2 ? words[2] : value
    let parts = text.split(separator: "/")
    guard let first = parts.first, let address = PastedWords.address(first) else { return nil }
    var length = parts.count > 1 ? Int(parts[1]) : nil
    for (index, word) in words.enumerated() {
      if word.hasPrefix("Mask:") { length = mask(word.dropFirst(5)) }
      if word == "netmask", index + 1 < words.count { length = mask(words[index + 1]) }
      if word == "prefixlen", index + 1 < words.count { length = Int(words[index + 1]) }
    }
    let known = length ?? address.bitWidth
    guard (0...address.bitWidth).contains(known) else { return nil }
    return .init(address: address, prefixLength: known, line: line)
  }

  static func mask(_ text: some StringProtocol) -> Int? {
    guard case .v4(let bits)? = PastedWords.address(text) else { return nil }
    let length = (~bits).leadingZeroBitCount
    return bits == (length == 0 ? 0 : UInt32.max << UInt32(32 - length)) ? length : nil
  }
}

/// `route -n`, `netstat -rn`
struct RouteTableOutput: PastedOutput {
  let name = "route -n"
  let isOfHost = false
  let signs: [PastedSign] = [
    .title("the heading of route, or a line of it") { line in
      line.hasPrefix("Kernel IP routing table") || line.hasPrefix("Destination     Gateway") || route(line, 1) != nil
    }
  ]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<ListedRoute>] {
    text.lines.compactMap { line in Self.route(line.text, line.number).map { text.evident($0, line: line.number) } }
  }

  /// Reads `10.8.1.0        10.0.7.3        255.255.255.0   UG    0      0        0 eth0`.
  private static func route(_ text: String, _ line: Int) -> ListedRoute? {
    let words = PastedWords.split(text)
    guard words.count == 8, let destination = words[0] == "default" ? IPAddress.anyV4 : PastedWords.address(words[0]),
      let length = IfconfigOutput.mask(words[2]), words[3].allSatisfy({ $0.isUppercase || $0 == "!" }),
      let device = words.last
    else { return nil }
    let gateway = PastedWords.address(words[1]).flatMap { $0.isUnspecified ? nil : " via \($0)" } ?? ""
    let same = "\(destination)/\(length)\(gateway) dev \(device) metric \(UInt32(words[4]) ?? 0)"
    return ListedRoute.list([PastedText.Line(number: line, text: same)]).first
  }
}

/// `iftop -t`, and iftop's screen: two lines per connection, with ports only if they were asked for (`-P`).
struct IftopOutput: PastedOutput {
  let name = "iftop -t"
  let isOfHost = true
  let signs: [PastedSign] = [
    .line("an end with its arrow and its rates") { line in
      let words = PastedWords.split(line)
      return words.contains { $0 == "=>" || $0 == "<=" } && words.count >= 4 && words.last.flatMap { amount($0) } != nil
    }
  ]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<NethogsLine>] {
    var result: [Evident<NethogsLine>] = []
    var near: (end: Endpoint, sent: Double)?
    var both: (near: Endpoint, far: Endpoint, sent: Double, line: Int)?
    var withoutPorts = 0
    // Each screen has a heading, and a connection once.
    var refresh = 0
    var seen: Set<Flow> = []
    func add(_ line: NethogsLine, at number: Int) {
      if let ends = line.ends, !seen.insert(Flow(.tcp, from: ends.local, to: ends.remote)).inserted {
        refresh += 1
        seen = [Flow(.tcp, from: ends.local, to: ends.remote)]
      }
      var line = line
      (line.refresh, line.run) = (refresh, text.firstLine)
      result.append(text.evident(line, line: number))
    }
    for line in text.lines {
      let words = PastedWords.split(line.text)
      if line.text.contains("# Host name"), !seen.isEmpty {
        refresh += 1
        seen = []
      }
      guard let arrow = words.firstIndex(where: { $0 == "=>" || $0 == "<=" }), arrow + 1 < words.count else { continue }
      // The screen has both ends in one line, and below it only the rates of the other direction.
      if arrow > 0, arrow + 2 < words.count, words[arrow] == "=>", let sent = Self.amount(words[arrow + 2]),
        Self.amount(words[arrow + 1]) == nil
      {
        let ends = [words[arrow - 1], words[arrow + 1]].compactMap { PastedWords.endpoint($0, .tcp, .pasted) }
        both = ends.count == 2 && ends.allSatisfy { $0.port > 0 } ? (ends[0], ends[1], sent, line.number) : nil
        if both == nil { withoutPorts += 1 }
        continue
      }
      guard let rate = Self.amount(words[arrow + 1]) else { continue }
      if arrow == 0 {
        if let pair = both {
          add(
            NethogsLine(
              from: pair.near, to: pair.far, sent: pair.sent, received: rate, line: pair.line, tool: "iftop"),
            at: pair.line)
        }
        both = nil
        continue
      }
      guard let end = PastedWords.endpoint(words[arrow - 1], .tcp, .pasted), end.port > 0 else {
        withoutPorts += 1
        near = nil
        continue
      }
      if words[arrow] == "=>" {
        near = (end, rate)
      } else if let local = near {
        near = nil
        add(
          NethogsLine(from: local.end, to: end, sent: local.sent, received: rate, line: line.number, tool: "iftop"),
          at: line.number)
      }
    }
    if withoutPorts > 0 {
      notes.append(
        "\(text.file): iftop was run without ports, so that its rates belong to no connection: use iftop -t -n -P -N")
    }
    return result
  }

  /// Reads `1.20Mb` and other rates in bits per second, as kilobytes of 1024 bytes.
  private static func amount(_ word: Substring) -> Double? {
    let units: [(String, Double)] = [
      ("Gb", 1e9), ("Mb", 1e6), ("Kb", 1e3), ("b", 1), ("GB", 8e9), ("MB", 8e6), ("KB", 8e3), ("B", 8),
    ]
    for (unit, factor) in units where word.hasSuffix(unit) {
      return Double(word.dropLast(unit.count)).map { $0 * factor / 8 / 1024 }
    }
    return nil
  }
}
