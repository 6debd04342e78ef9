public import Flows

/// A line of `conntrack -L`, `conntrack -E` or `/proc/net/nf_conntrack` (conntrack-tools 1.0 to 1.4, Linux 2.6 to
/// 6.18).
public struct TrackedConnection: Hashable, Sendable {
  /// The flow as the initiator sent it.
  public var original: Flow
  /// The flow as the responder answers it: from the responder to the address that it sees as the initiator.
  public var reply: Flow
  /// `ESTABLISHED`, …; nil for UDP and ICMP.
  public var state: String?
  /// Network-layer bytes and packets in the original and in the reply direction; nil without `nf_conntrack_acct`.
  public var sent: Count?
  public var answered: Count?
  public var isUnreplied: Bool
  public var zone: UInt16?
  /// The event that `conntrack -E` prints it for: `NEW`, `UPDATE`, `DESTROY`; nil for an entry.
  public var event: String?
  /// The reading that it belongs to: the number of the first line of its listing.
  var reading = 0
  /// The command that printed it.
  var listing = ""
  /// The line's number.
  public var line: Int

  public struct Count: Hashable, Sendable {
    public var packets: UInt64
    public var bytes: UInt64
  }

  /// The flow as the responder sees it, from initiator to responder.
  public var translated: Flow { reply.reversed }

  /// All entries of a part.
  public static func list(_ lines: [PastedText.Line]) -> [TrackedConnection] {
    let width = PastedWords.width(lines)
    return PastedWords.records(lines) { begins($0.text) }.compactMap { record in
      PastedWords.unwrapped(record, width: width, key: { (found: TrackedConnection) in [found.original, found.reply] })
      {
        TrackedConnection($0, line: record[0].number)
      }
    }
  }

  /// Whether an entry begins with this line.
  static func begins(_ text: String) -> Bool { head(PastedWords.split(text)) != nil }

  /// The protocol's number, and the position of the word behind it.
  private static func head(_ words: [Substring]) -> (UInt8, Int)? {
    var index = 0
    // `[NEW]`, `[1668000000.123]  [UPDATE]` of events.
    while index < words.count, words[index].hasPrefix("[") { index += 1 }
    if index + 1 < words.count, ["ipv4", "ipv6"].contains(words[index]), PastedWords.number(words[index + 1]) != nil {
      index += 2
    }
    guard index + 2 < words.count, let first = words[index].utf8.first, (97...122).contains(first),
      let number = PastedWords.number(words[index + 1]).flatMap({ UInt8(exactly: $0) })
    else { return nil }
    return (number, index + 2)
  }

  init?(_ text: String, line: Int) {
    let words = PastedWords.split(text)
    guard let (number, start) = Self.head(words) else { return nil }
    let transport = Transport(number)
    var directions: [Direction] = []
    var state: String?
    var isUnreplied = false
    // Behind them `[start=Fri Nov 20 12:00:00 2026]` has numbers of its own.
    var isBehindTuples = false
    var zone: UInt16?
    for (index, word) in words[start...].enumerated() {
      guard let equals = word.firstIndex(of: "=") else {
        if word == "[UNREPLIED]" { isUnreplied = true }
        // A number among the tuples is the rest of a port.
        if word.hasPrefix("["), word != "[UNREPLIED]" { isBehindTuples = true }
        if !directions.isEmpty, !isBehindTuples, PastedWords.number(word) != nil { return nil }
        if index < 2, directions.isEmpty, word.utf8.allSatisfy({ (65...90).contains($0) || $0 == 95 || $0 == 50 }) {
          state = String(word)
        }
        continue
      }
      let (key, value) = (word[..<equals], word[word.index(after: equals)...])
      if key == "mark" || key == "use" || key.hasPrefix("[") { isBehindTuples = true }
      if key == "src" {
        guard directions.count < 2 else { break }
        directions.append(Direction())
      }
      if key == "zone" { zone = UInt16(value) }
      guard let last = directions.indices.last else { continue }
      directions[last].take(key, value)
    }
    guard directions.count == 2, let original = directions[0].flow(transport), let reply = directions[1].flow(transport)
    else { return nil }
    // The line is cut off inside its last port (`cut -c1-150`), so the rest is not known.
    if let last = words.last, last.hasPrefix("dport="), last.utf8.count < 11,
      reply.destination.port != original.source.port,
      "\(original.source.port)".hasPrefix("\(reply.destination.port)")
    {
      return nil
    }
    self.original = original
    // Echo requests and replies share their identifier, on both sides of `Flow`.
    self.reply = reply
    self.state = state
    sent = directions[0].count
    answered = directions[1].count
    self.isUnreplied = isUnreplied
    event =
      words.lazy.compactMap { word in
        ["[NEW]", "[UPDATE]", "[DESTROY]"].contains(word) ? String(word.dropFirst().dropLast()) : nil
      }.first
    self.zone = zone
    self.line = line
  }

  private struct Direction {
    var source: IPAddress?
    var destination: IPAddress?
    var sourcePort: UInt16?
    var destinationPort: UInt16?
    var identifier: UInt16?
    var packets: UInt64?
    var bytes: UInt64?

    mutating func take(_ key: Substring, _ value: Substring) {
      switch key {
      case "src": source = PastedWords.address(value)
      case "dst": if destination == nil { destination = PastedWords.address(value) }
      case "sport": sourcePort = Port(value)?.number
      case "dport": destinationPort = Port(value)?.number
      // Behind the tuples `-o id` prints the entry's own number.
      case "id": if identifier == nil { identifier = Port(value)?.number }
      case "packets": packets = PastedWords.number(value)
      case "bytes": bytes = PastedWords.number(value)
      default: break
      }
    }

    var count: Count? { packets.flatMap { packets in bytes.map { Count(packets: packets, bytes: $0) } } }

    func flow(_ transport: Transport) -> Flow? {
      guard let source, let destination, source.isV4 == destination.isV4 else { return nil }
      if transport.hasPorts {
        guard let sourcePort, let destinationPort else { return nil }
        return Flow(transport, from: Endpoint(source, sourcePort), to: Endpoint(destination, destinationPort))
      }
      let port = identifier ?? 0
      return Flow(transport, from: Endpoint(source, port), to: Endpoint(destination, port))
    }
  }
}
