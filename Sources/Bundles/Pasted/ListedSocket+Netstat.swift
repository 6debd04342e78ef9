internal import Flows
public import Programs

extension ListedSocket {
  /// The sockets in an output of `netstat` (net-tools, busybox) with any of `-t -u -n -a -p -e -o -W`.
  public static func netstat(_ lines: [PastedText.Line], services: ServiceNames? = nil) -> [ListedSocket] {
    let isExtended = lines.contains { $0.text.hasPrefix("Proto") && $0.text.contains("Inode") }
    let width = PastedWords.width(lines)
    return PastedWords.records(lines) { begins($0.text) }.compactMap { record in
      // Of what is whole only a terminal of a usual width breaks the program's name.
      let first = record[0].text
      let isWhole =
        !PastedWords.isUsualWidth(first.count)
        && PastedWords.split(first).dropFirst(5).contains { word in
          word.firstIndex(of: "/").map { Int32(word[..<$0]) != nil && word.index(after: $0) < word.endIndex } ?? false
        }
      return PastedWords.unwrapped(isWhole ? [record[0]] : record, width: width, key: \ListedSocket.flow) {
        netstat($0, record[0].number, isExtended, services)
      }
    }
  }

  private static func begins(_ text: String) -> Bool {
    let words = PastedWords.split(text)
    guard let first = words.first else { return true }
    // Titles, headings and other families also end a record.
    if ["Active", "Proto", "unix", "raw", "raw6", "icmp", "icmp6"].contains(first) { return true }
    // So does a line that is cut off behind its first columns; it does not continue the line before.
    return transport(first) != nil && (words.count < 2 || PastedWords.number(words[1]) != nil)
  }

  private static func netstat(_ text: String, _ line: Int, _ isExtended: Bool, _ services: ServiceNames?)
    -> ListedSocket?
  {
    var words = PastedWords.split(text)[...]
    guard words.count >= 5, let first = words.popFirst(), let transport = transport(first),
      let receiveQueue = words.popFirst().flatMap({ PastedWords.number($0) }),
      let sendQueue = words.popFirst().flatMap({ PastedWords.number($0) }),
      let near = words.popFirst(), let far = words.popFirst(),
      let local = PastedWords.endpoint(near, transport, services),
      let remote = PastedWords.endpoint(far, transport, services)
    else { return nil }
    // A number in the column of the state is the rest of a port: `10.0.7.248:401 42`.
    if transport == .tcp, let next = words.first, PastedWords.number(next) != nil { return nil }
    var state = remote.port == 0 ? "closed" : "established"
    if let word = words.first, let known = self.state(word) {
      state = known
      words.removeFirst()
    } else if let word = words.first, transport == .tcp, !word.contains("/"), word != "-",
      word.contains(where: \.isLetter), UInt32(word) == nil
    {
      // The state may be in another language: `VERBUNDEN`.
      if remote.port == 0 { state = "listening" }
      words.removeFirst()
    }
    // net-tools truncates addresses that are longer than the column.
    for (word, end) in [(near, local), (far, remote)] where word.count == 23 && !end.address.isV4 {
      if end.address.standsFor == nil { return nil }
    }
    var socket = ListedSocket(transport, state: state, local: local, remote: remote, line: line)
    socket.receiveQueue = UInt32(clamping: receiveQueue)
    socket.sendQueue = UInt32(clamping: sendQueue)
    if isExtended, words.count >= 2 {
      socket.uid = words.popFirst().flatMap { UInt32($0) }
      socket.inode = words.popFirst().flatMap { PastedWords.number($0) }
    }
    // `811/squid`, `1127/sshd: root@pt`, `-`; then `keepalive (7123.45/0/0)`.
    if let word = words.first, let slash = word.firstIndex(of: "/"), let pid = Int32(word[..<slash]), pid > 0 {
      var name = String(word[word.index(after: slash)...])
      for part in words.dropFirst().prefix(while: {
        !["off", "on", "keepalive", "timewait", "unkn-4", "probe"].contains($0)
      }) {
        name += " " + part
      }
      // A line that ends behind the slash is incomplete.
      if !name.isEmpty { socket.holders = [Holder(name: name, pid: pid)] }
    }
    return socket
  }
}
