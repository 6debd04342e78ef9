public import Flows
public import Programs

extension ListedSocket {
  /// The sockets in an output of `ss` (iproute2 2.6.39 to 6.x), with any of `-t -u -n -a -p -e -i -m -o -O -H`.
  ///
  /// - Parameters:
  ///   - transport: the transport of lines without one, such as those of `ss -t`.
  ///   - services: the meaning of port names, for outputs without `-n`.
  public static func ss(
    _ lines: [PastedText.Line], transport: Transport = .tcp, services: ServiceNames? = nil
  ) -> [ListedSocket] {
    let head = lines.prefix(50).first { SSHeader.isHeader($0.text) }.map { SSHeader($0.text) }
    let width = PastedWords.width(lines)
    let columns = SSColumns(header: head, transport: transport, services: services)
    return PastedWords.records(lines) { columns.begins($0.text) }.compactMap { record -> ListedSocket? in
      // Lines of -i, -m and -e are indented; others are wrapped lines.
      let details = record.dropFirst().filter { $0.text.first == "\t" || $0.text.first == " " }
      let wrapped = [record[0]] + record.dropFirst().filter { !($0.text.first == "\t" || $0.text.first == " ") }
      let found = PastedWords.unwrapped(wrapped, width: width, key: \ListedSocket.flow) {
        columns.socket($0, line: record[0].number)
      }
      guard var socket = found else { return nil }
      for line in details { socket.takeSSDetails(line.text) }
      return socket
    }
  }

  /// Reads `users:(("squid",pid=811,fd=12),…)`, older `users:(("squid",811,12))`, and
  /// `uid:13 ino:26 cgroup:/x bytes_acked:1`.
  fileprivate mutating func takeSSDetails(_ text: some StringProtocol) {
    var rest = Substring(text)
    if let users = rest.firstRange(of: "users:((") {
      let list = rest[users.upperBound...]
      let close = list.firstRange(of: "))")?.lowerBound
      let end = close ?? list.endIndex
      holders += Self.holders(list[..<end], isCut: close == nil)
      isCut = close == nil
      rest = rest[..<users.lowerBound] + " " + list[end...]
    }
    for word in PastedWords.split(rest) {
      guard let colon = word.firstIndex(of: ":") else { continue }
      let value = word[word.index(after: colon)...]
      switch word[..<colon] {
      case "uid": uid = UInt32(value)
      case "ino": inode = PastedWords.number(value)
      case "cgroup": cgroup = String(value)
      case "bytes_acked": acknowledged = PastedWords.number(value)
      case "bytes_received": received = PastedWords.number(value)
      case "lastsnd": lastSent = PastedWords.number(value)
      case "lastrcv": lastReceived = PastedWords.number(value)
      default: break
      }
    }
  }

  /// - Parameter isCut: whether the line ends inside the list (`cut -c1-80`, the edge of a screen), so that the last
  ///   number may be incomplete.
  private static func holders(_ list: Substring, isCut: Bool) -> [Holder] {
    var holders: [Holder] = []
    let pieces = Substring(list).split(separator: "),(")
    for (index, piece) in pieces.enumerated() where holders.count < 64 {
      guard let open = piece.firstIndex(of: "\""), let close = piece.lastIndex(of: "\""), open < close else { continue }
      let name = piece[piece.index(after: open)..<close]
      let fields = piece[close...].dropFirst().split(separator: ",")
      let isTorn = isCut && index == pieces.count - 1
      guard let first = fields.first, !isTorn || fields.count > 1 || piece.last == "," else { continue }
      let number = first.hasPrefix("pid=") ? first.dropFirst(4) : first
      guard let pid = Int32(number), pid > 0 else { continue }
      let descriptor = isTorn ? nil : fields.dropFirst().first.map { $0.hasPrefix("fd=") ? $0.dropFirst(3) : $0 }
      let holder = Holder(name: String(name), pid: pid, descriptor: descriptor.flatMap { Int32($0) })
      if !holders.contains(holder) { holders.append(holder) }
    }
    return holders
  }

  /// The columns according to the heading.
  struct SSHeader {
    var hasNetid: Bool
    var hasState: Bool

    static func isHeader(_ text: String) -> Bool {
      text.contains("Recv-Q") && text.contains("Send-Q") && text.contains("Address:Port")
    }

    init(_ text: String) {
      let words = PastedWords.split(text)
      hasNetid = words.first == "Netid"
      hasState = words.contains("State")
    }
  }

  private struct SSColumns {
    let header: SSHeader?
    let transport: Transport
    let services: ServiceNames?

    /// All kinds of sockets that ss prints, to distinguish kinds that are not needed from wrapped lines.
    private static let kinds: Set<Substring> = [
      "nl", "p_raw", "p_dgr", "u_str", "u_dgr", "u_seq", "raw", "icmp", "icmp6", "v_str", "v_dgr", "tipc", "xdp", "???",
      "unknown", "ti_rd", "ti_dg", "ti_sq", "ti_st", "smc",
    ]

    func begins(_ text: String) -> Bool {
      guard let first = text.first, first != " ", first != "\t" else { return false }
      if SSHeader.isHeader(text) { return true }
      let words = PastedWords.split(text)
      guard let word = words.first else { return false }
      if ListedSocket.transport(word) != nil || Self.kinds.contains(word) { return true }
      if ListedSocket.state(word) != nil { return words.count > 2 }
      if SSOutput.isWithoutState(words[...]) { return true }
      return header.map { !$0.hasState && !$0.hasNetid } == true && PastedWords.number(word) != nil
    }

    func socket(_ text: String, line: Int) -> ListedSocket? {
      var words = PastedWords.split(text)[...]
      guard let first = words.first else { return nil }
      var transport = self.transport
      if let known = ListedSocket.transport(first) {
        transport = known
        words.removeFirst()
      } else if Self.kinds.contains(first) {
        return nil
      }
      // `ss state established` omits the column.
      var state = "established"
      if let word = words.first, let known = ListedSocket.state(word) {
        state = known
        words.removeFirst()
      }
      guard words.count >= 4 else { return nil }
      let fields = Array(words.prefix(4))
      guard let receiveQueue = PastedWords.number(fields[0]), let sendQueue = PastedWords.number(fields[1]),
        let local = PastedWords.endpoint(fields[2], transport, services),
        let remote = PastedWords.endpoint(fields[3], transport, services)
      else { return nil }
      // A number behind the ends is the rest of a port: `10.0.7.248:401 42`.
      if let next = words.dropFirst(4).first, next.first?.isNumber == true, !next.contains(":") { return nil }
      var socket = ListedSocket(transport, state: state, local: local, remote: remote, line: line)
      socket.receiveQueue = UInt32(clamping: receiveQueue)
      socket.sendQueue = UInt32(clamping: sendQueue)
      if let last = words.prefix(4).last, last.endIndex < text.endIndex {
        socket.takeSSDetails(text[last.endIndex...])
      }
      return socket
    }
  }
}
