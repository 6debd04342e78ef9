internal import Flows

/// `netstat` of macOS and the BSDs, with a dot in front of the port:
/// `tcp4  0  0  10.8.1.3.3129  10.0.7.248.40142  ESTABLISHED`.
struct BSDNetstatOutput: PastedOutput {
  let name = "netstat (BSD)"
  let isOfHost = false
  let isListing = true
  let signs: [PastedSign] = [
    .title("a line of a BSD's netstat") { line in
      line.hasPrefix("Proto Recv-Q Send-Q  Local Address") || socket(line, 1) != nil
    }
  ]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<ListedSocket>] {
    // The column of the pid behind the state, according to the heading.
    var column: Int?
    return text.lines.compactMap { line in
      if line.text.hasPrefix("Proto") {
        let titles = PastedWords.split(line.text)
        column = titles.firstIndex(of: "(state)").flatMap { state in
          titles[(state + 1)...].firstIndex(of: "pid").map { $0 - state - 1 }
        }
      }
      return Self.socket(line.text, line.number, pidIn: column).map { text.evident($0, line: line.number) }
    }
  }

  private static func socket(_ text: String, _ line: Int, pidIn column: Int? = nil) -> ListedSocket? {
    let words = PastedWords.split(text)
    guard words.count >= 5, text.utf8.count < 1024, let transport = transport(words[0]),
      PastedWords.number(words[1]) != nil, PastedWords.number(words[2]) != nil,
      let local = end(words[3]), let remote = end(words[4])
    else { return nil }
    var rest = words[5...]
    var state = remote.port == 0 ? "closed" : "established"
    if let word = rest.first, let known = ListedSocket.state(word) {
      // A socket that is bound to a port, and neither listens nor is connected.
      state = known == "closed" ? "bound" : known
      rest.removeFirst()
    }
    var socket = ListedSocket(transport, state: state, local: local, remote: remote, line: line)
    socket.tool = "sockstat, or lsof -nP -i as root"
    // `squid:811`, or a number in the column of the pid.
    let named = rest.lazy.compactMap { word -> ListedSocket.Holder? in
      guard let colon = word.lastIndex(of: ":"), word.first?.isLetter == true,
        let pid = Int32(word[word.index(after: colon)...]), pid > 0
      else { return nil }
      return ListedSocket.Holder(name: String(word[..<colon]), pid: pid)
    }.first
    if let named {
      socket.holders = [named]
    } else if let column, column < rest.count, let pid = Int32(rest[rest.startIndex + column]), pid > 0 {
      socket.holders = [ListedSocket.Holder(name: ListedSocket.Holder.unnamed, pid: pid)]
    }
    return socket
  }

  private static func transport(_ word: Substring) -> Transport? {
    switch word {
    case "tcp4", "tcp6", "tcp46": .tcp
    case "udp4", "udp6", "udp46": .udp
    default: nil
    }
  }

  /// Reads `10.8.1.3.3129`, `*.3129`, `*.*`, `fe80::1%en0.53`.
  private static func end(_ word: Substring) -> Endpoint? {
    guard let dot = word.lastIndex(of: "."), !word.contains(":") || word.filter({ $0 == ":" }).count > 1 else {
      return nil
    }
    let (host, name) = (word[..<dot], word[word.index(after: dot)...])
    let address = host == "*" ? IPAddress.anyV6 : PastedWords.address(host)
    guard let address else { return nil }
    // IPv6 addresses are truncated at the column's width without a mark.
    guard address.isV4 || host == "*" || host.utf8.count < 16 else { return nil }
    if name == "*" { return Endpoint(address, 0) }
    return Port(name).map { Endpoint(address, $0.number) }
  }
}

/// Windows: `netstat -ano` (`  TCP    10.8.1.3:3129    10.0.7.248:40142    ESTABLISHED    811`), with ` [squid.exe]` on
/// the next line for `-b`.
struct WindowsNetstatOutput: PastedOutput {
  let name = "netstat (Windows)"
  let isOfHost = false
  let isListing = true
  let signs: [PastedSign] = [.title("a line of Windows' netstat") { socket($0, 1) != nil || program($0) != nil }]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<ListedSocket>] {
    var found: [ListedSocket] = []
    for line in text.lines {
      if let socket = Self.socket(line.text, line.number) {
        found.append(socket)
      } else if let name = Self.program(line.text), let last = found.indices.last {
        let pid = found[last].holders.first?.pid
        found[last].holders = pid.map { [ListedSocket.Holder(name: name, pid: $0)] } ?? []
        if pid == nil { found[last].program = name }
      }
    }
    return found.map { text.evident($0, line: $0.line) }
  }

  private static func socket(_ text: String, _ line: Int) -> ListedSocket? {
    guard text.utf8.count < 400 else { return nil }
    let words = PastedWords.split(text)
    guard words.count >= 3 else { return nil }
    if words[0] == "TCP" || words[0] == "UDP" {
      let transport: Transport = words[0] == "TCP" ? .tcp : .udp
      guard words.count >= (transport == .tcp ? 4 : 3), words.count <= 6,
        let local = PastedWords.endpoint(words[1], transport, nil),
        let remote = PastedWords.endpoint(words[2], transport, nil)
      else { return nil }
      let isBound = words.count > 3 && words[3] == "BOUND"
      let isListening = transport == .tcp && remote.port == 0 && !isBound
      // A connection whose state is in another language: without a process (0) it has ended.
      let word = words.dropFirst(3).first
      let isEnded = words.count > 4 && words.last == "0"
      let state = isBound ? "bound" : word.flatMap { ListedSocket.state($0) } ?? (isEnded ? "time-wait" : nil)
      return socket(
        transport, isListening ? "listening" : transport == .udp ? "closed" : state ?? "established", local, remote,
        words.count > 3 ? words.last : nil, line)
    }
    return nil
  }

  private static func socket(
    _ transport: Transport, _ state: String, _ local: Endpoint, _ remote: Endpoint, _ pid: Substring?, _ line: Int
  ) -> ListedSocket {
    var socket = ListedSocket(transport, state: state, local: local, remote: remote, line: line)
    socket.tool = "netstat -ano"
    if let pid = pid.flatMap({ Int32($0) }), pid > 0 {
      socket.holders = [ListedSocket.Holder(name: ListedSocket.Holder.unnamed, pid: pid)]
    }
    return socket
  }

  /// Reads ` [squid.exe]`.
  private static func program(_ text: String) -> String? {
    let word = text.drop { $0 == " " }
    guard word.hasPrefix("["), word.hasSuffix(".exe]"), word.utf8.count < 200 else { return nil }
    return String(word.dropFirst().dropLast())
  }
}

/// `sockstat` of FreeBSD: `squid squid 811 15 tcp4 10.8.1.3:3129 10.0.7.248:40142`.
struct SockstatOutput: PastedOutput {
  let name = "sockstat"
  let isOfHost = false
  let isListing = true
  let signs: [PastedSign] = [.title("a line of sockstat") { $0.hasPrefix("USER     COMMAND") || socket($0, 1) != nil }]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<ListedSocket>] {
    text.lines.compactMap { line in Self.socket(line.text, line.number).map { text.evident($0, line: line.number) } }
  }

  private static func socket(_ text: String, _ line: Int) -> ListedSocket? {
    let words = PastedWords.split(text)
    guard (7...9).contains(words.count), ["tcp4", "tcp6", "tcp46", "udp4", "udp6", "udp46"].contains(words[4]) else {
      return nil
    }
    // A socket without a visible process has question marks.
    let isUnowned = words[1...3].allSatisfy { $0 == "?" }
    let pid = Int32(words[2]) ?? 0
    guard isUnowned || (pid > 0 && Int32(words[3]) != nil) else { return nil }
    let transport: Transport = words[4].hasPrefix("tcp") ? .tcp : .udp
    guard let local = PastedWords.endpoint(words[5], transport, nil),
      let remote = PastedWords.endpoint(words[6], transport, nil)
    else { return nil }
    let state = remote.port != 0 ? "established" : transport == .tcp ? "listening" : "closed"
    var socket = ListedSocket(transport, state: state, local: local, remote: remote, line: line)
    if !isUnowned {
      socket.holders = [
        ListedSocket.Holder(name: String(words[1]), pid: pid, user: String(words[0]), descriptor: Int32(words[3]))
      ]
    }
    return socket
  }
}
