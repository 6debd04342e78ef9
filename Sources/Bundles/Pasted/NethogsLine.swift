public import Flows

/// A line of `nethogs -t` (0.8.0 and later): what one program sent and received within a refresh.
public struct NethogsLine: Hashable, Sendable {
  /// The program's path or command line; nil for traffic whose program nethogs did not find.
  public var program: String?
  public var pid: Int32?
  public var uid: UInt32?
  /// The connection, which nethogs names where it knows no program: `10.8.1.3:3129-10.0.7.248:40142`, the host's own end
  /// first.
  public var ends: (local: Endpoint, remote: Endpoint)? {
    guard let local, let remote else { return nil }
    return (local, remote)
  }
  private var local: Endpoint?
  private var remote: Endpoint?
  /// In the unit that nethogs was told to use: kilobytes of 1024 bytes per second unless `-v` says otherwise.
  public var sent: Double
  public var received: Double
  /// From 0: which refresh it belongs to.
  public var refresh: Int
  public var line: Int

  /// All lines of all refreshes.
  public static func list(_ lines: [PastedText.Line]) -> [NethogsLine] {
    var result: [NethogsLine] = []
    var refresh = 0
    for line in lines where line.text.utf8.count < 4096 && result.count < 1_000_000 {
      if line.text.hasPrefix("Refreshing:") {
        if !result.isEmpty { refresh += 1 }
      } else if let found = NethogsLine(line.text, refresh: refresh, line: line.number) {
        result.append(found)
      }
    }
    return result
  }

  /// `/usr/sbin/squid/811/13	12.5	0.3`
  init?(_ text: String, refresh: Int, line: Int) {
    let words = PastedWords.split(text)
    guard words.count >= 3, let received = Self.amount(words[words.count - 1]),
      let sent = Self.amount(words[words.count - 2])
    else { return nil }
    let head = text[..<words[words.count - 2].startIndex].reversed().drop { $0 == " " || $0 == "\t" }
    let label = String(String(head).reversed())
    let parts = label.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count >= 3, let uid = UInt32(parts[parts.count - 1]), let pid = Int32(parts[parts.count - 2]), pid >= 0
    else { return nil }
    let name = parts.dropLast(2).joined(separator: "/")
    self.sent = sent
    self.received = received
    self.refresh = refresh
    self.line = line
    if pid > 0 {
      self.pid = pid
      self.uid = uid
      program = name
      return
    }
    for separator in name.indices where name[separator] == "-" {
      guard let near = PastedWords.endpoint(name[..<separator], .tcp, nil),
        let far = PastedWords.endpoint(name[separator...].dropFirst(), .tcp, nil)
      else { continue }
      (local, remote) = (near, far)
      break
    }
  }

  private static func amount(_ word: Substring) -> Double? {
    guard let first = word.utf8.first, (48...57).contains(first), let value = Double(word), value.isFinite, value >= 0,
      value < 1e15
    else { return nil }
    return value
  }
}
