internal import Flows
internal import Programs

/// `ss -tunap`
struct SSOutput: PastedOutput {
  let name = "ss"
  let isOfHost = false
  let isListing = true
  let signs: [PastedSign] = [
    .title("the heading of ss") { ListedSocket.SSHeader.isHeader($0) },
    .line("a line of ss") { line in
      let words = PastedWords.split(line)
      guard words.count >= 4 else { return false }
      let start = ListedSocket.transport(words[0]) == nil ? 0 : 1
      if isWithoutState(words[start...]) { return start == 0 || line.contains("users:((") }
      guard words.count >= 5, ListedSocket.state(words[start]) != nil, words.count >= start + 5 else { return false }
      return PastedWords.number(words[start + 1]) != nil && PastedWords.number(words[start + 2]) != nil
        && words[start + 3].contains(":")
    },
  ]
  /// If there is no ss, the script uses netstat.
  let script: String? = #"""
    if have ss; then
      into "$folder/ss.txt" "$@" ss -tunapeiO
      [ -s "$folder/ss.txt" ] || into "$folder/ss.txt" "$@" ss -tunape
    else
      into "$folder/netstat.txt" "$@" netstat -tunap
      # BusyBox's may know no processes, or refuse the option.
      if ! [ -s "$folder/netstat.txt" ]; then
        into "$folder/netstat.txt" "$@" netstat -tuna
        into "$folder/proc-net-tcp.txt" "$@" cat /proc/net/tcp /proc/net/tcp6
        into "$folder/proc-net-udp.txt" "$@" cat /proc/net/udp /proc/net/udp6
      fi
    fi
    """#

  /// Whether a line has the form `0 0 10.8.1.3:3129 10.0.7.248:40142 users:((…`, because `ss state established` omits
  /// the column.
  static func isWithoutState(_ words: ArraySlice<Substring>) -> Bool {
    guard words.count >= 4 else { return false }
    let fields = Array(words.prefix(4))
    return fields[0...1].allSatisfy { PastedWords.number($0) != nil }
      && fields[2...3].allSatisfy { word in
        word.last != ":" && PastedWords.endpoint(word, .tcp, nil).map { $0.address.standsFor == nil } == true
      }
  }

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<ListedSocket>] {
    let words = text.part.command?.words ?? []
    // `--cgroup` contains the letter as well.
    let short = words.filter { $0.hasPrefix("-") && !$0.hasPrefix("--") }.joined()
    let isUDP =
      (short.contains("u") || words.contains("--udp")) && !short.contains("t") && !words.contains("--tcp")
    // A heading begins another reading, and so does a connection that was listed already.
    let headings = text.lines.filter { ListedSocket.SSHeader.isHeader($0.text) }.map(\.number)
    var start = text.firstLine
    var next = 0
    var seen: Set<Flow> = []
    return ListedSocket.ss(text.lines, transport: isUDP ? .udp : .tcp, services: .pasted).map { socket in
      while next < headings.count, headings[next] < socket.line {
        (start, seen) = (headings[next], [])
        next += 1
      }
      if !seen.insert(socket.flow).inserted { (start, seen) = (socket.line, [socket.flow]) }
      var socket = socket
      (socket.reading, socket.listing) = (start, words.joined(separator: " "))
      return text.evident(socket, line: socket.line)
    }
  }
}

/// `netstat -tunap`
struct NetstatOutput: PastedOutput {
  let name = "netstat"
  let isOfHost = false
  let isListing = true
  let signs: [PastedSign] = [
    .title("the heading of netstat") {
      $0.hasPrefix("Active Internet connections")
        || ($0.hasPrefix("Proto ") && $0.contains("Recv-Q") && !$0.contains("(state)"))
    },
    .line("a line of netstat") { line in
      let words = PastedWords.split(line)
      guard words.count >= 5, ListedSocket.transport(words[0]) != nil else { return false }
      return PastedWords.number(words[1]) != nil && PastedWords.number(words[2]) != nil && words[3].contains(":")
        && words[4].contains(":")
    },
    .fileName { $0.contains("netstat") },
  ]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<ListedSocket>] {
    ListedSocket.netstat(text.lines, services: .pasted).map { text.evident($0, line: $0.line) }
  }
}

/// `lsof -i`
struct LsofOutput: PastedOutput {
  let name = "lsof -i"
  let isOfHost = false
  let signs: [PastedSign] = [
    .title("the heading of lsof, or a line with IPv4 and TCP or UDP") { line in
      let words = PastedWords.split(line)
      if words.starts(with: ["COMMAND", "PID"]) { return true }
      guard let type = words.firstIndex(where: { $0 == "IPv4" || $0 == "IPv6" }), type >= 4, type + 4 < words.count
      else { return false }
      return (words[type + 3] == "TCP" || words[type + 3] == "UDP") && Int32(words[1]) != nil
    },
    .fileName { $0.contains("lsof") },
  ]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<ListedSocket>] {
    // Only connections are compared; one that several processes hold is found once.
    let lost = text.lines.filter { line in
      PastedWords.split(line.text).contains { $0.contains("->") || $0.last == "-" } && claims(line.text)
        && ListedSocket.lsof([line], services: .pasted).isEmpty
    }
    if let first = lost.first {
      notes.append(
        "\(text.file):\(first.number) has an end that is not understood\(lost.count > 1 ? ", as have \(lost.count - 1) other lines" : ""): lsof -n -P shows numbers, and its output in a file has whole lines"
      )
    }
    return ListedSocket.lsof(text.lines, services: .pasted).map { text.evident($0, line: $0.line) }
  }
}
