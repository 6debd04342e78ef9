public import Flows

/// A line of `nethogs -t` (0.8.0 and later): the traffic of one program in one refresh.
public struct NethogsLine: Hashable, Sendable {
  /// The program's path or command line; nil for traffic whose program nethogs did not find.
  public var program: String?
  public var pid: Int32?
  public var uid: UInt32?
  /// The connection, which nethogs prints if it does not know the program: `10.8.1.3:3129-10.0.7.248:40142`, the host's
  /// own end first.
  public var ends: (local: Endpoint, remote: Endpoint)? {
    guard let local, let remote else { return nil }
    return (local, remote)
  }
  private var local: Endpoint?
  private var remote: Endpoint?
  /// In nethogs' unit: kilobytes of 1024 bytes per second unless `-v` sets another one.
  public var sent: Double
  public var received: Double
  /// The monitor that printed it.
  public var tool = "nethogs"
  /// The number of the refresh, from 0.
  public var refresh: Int
  /// The run of the monitor that it belongs to: the number of the first line of its output.
  var run = 0
  public var line: Int

  /// A connection with its rate, from another monitor.
  init(from local: Endpoint, to remote: Endpoint, sent: Double, received: Double, line: Int, tool: String) {
    self.tool = tool
    (self.local, self.remote) = (local, remote)
    (self.sent, self.received) = (sent, received)
    (self.refresh, self.line) = (0, line)
  }

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

  /// Reads `/usr/sbin/squid/811/13   12.5    0.3`; a line of the screen,
  /// `811 proxy /usr/sbin/squid eth0 12.5 0.3 KB/sec`; or only a connection, `10.8.1.3:3129-10.0.7.248:40142`, whose
  /// rate is not known.
  init?(_ text: String, refresh: Int, line: Int) {
    self.refresh = refresh
    self.line = line
    var words = PastedWords.split(text)
    if let ends = Self.connection(words) {
      (self.local, self.remote) = (ends.0, ends.1)
      (self.sent, self.received) = (0, 0)
      return
    }
    var factor = 1.0
    var isScreen = false
    if let unit = words.last, let known = Self.units[unit.lowercased()] {
      factor = known
      isScreen = true
      words.removeLast()
    }
    guard words.count >= 3, let received = Self.amount(words[words.count - 1]),
      let sent = Self.amount(words[words.count - 2])
    else { return nil }
    self.sent = sent * factor
    self.received = received * factor
    if isScreen || Self.isScreen(words), let screen = Self.screen(words) {
      pid = screen.0
      program = screen.1
      if pid == nil, let ends = Self.ends(screen.1[...]) {
        (self.local, self.remote) = (ends.0, ends.1)
        program = nil
      }
      return
    }
    guard !isScreen else { return nil }
    let head = text[..<words[words.count - 2].startIndex].reversed().drop { $0 == " " || $0 == "\t" }
    let label = String(String(head).reversed())
    let parts = label.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count >= 3, let uid = UInt32(parts[parts.count - 1]), let pid = Int32(parts[parts.count - 2]), pid >= 0
    else { return nil }
    let name = parts.dropLast(2).joined(separator: "/")
    if pid > 0 {
      self.pid = pid
      self.uid = uid
      program = name
      return
    }
    if let ends = Self.ends(name[...]) { (self.local, self.remote) = (ends.0, ends.1) }
  }

  /// The units on nethogs' screen, in kilobytes per second.
  private static let units: [String: Double] = [
    "kb/sec": 1, "kb/s": 1, "b/sec": 1 / 1024, "b/s": 1 / 1024, "mb/sec": 1024, "mb/s": 1024, "gb/sec": 1_048_576,
    "gb/s": 1_048_576,
  ]

  /// Whether a line without a unit is of the screen: a device, and two rates with three decimals. `ps` prints numbers
  /// behind commands as well.
  private static func isScreen(_ words: [Substring]) -> Bool {
    guard words.count >= 6 else { return false }
    let device = words[words.count - 3]
    let isDevice =
      ["eth", "en", "wl", "lo", "br", "veth", "tun", "tap", "wg", "bond", "docker", "ppp", "ib"]
      .contains(where: device.hasPrefix) && device.utf8.count < 16 && !device.contains("/") && !device.contains("=")
    return isDevice && words.suffix(2).allSatisfy { $0.split(separator: ".").last?.count == 3 && $0.contains(".") }
  }

  /// Reads `811 proxy /usr/sbin/squid eth0 12.500 0.300`, or `? root 10.8.1.3:3129-10.0.7.248:40142 12.5 0.3`.
  private static func screen(_ words: [Substring]) -> (Int32?, String)? {
    guard words.count >= 5, words[0] == "?" || Int32(words[0]) != nil else { return nil }
    let pid = Int32(words[0]).flatMap { $0 > 0 ? $0 : nil }
    let program = words[2..<(words.count - 2)]
    guard let first = program.first else { return nil }
    // The device follows the program.
    let name = program.count > 1 ? program.dropLast().joined(separator: " ") : String(first)
    return (pid, name)
  }

  /// Reads a line that has only a connection, or `Unknown connection: …`.
  private static func connection(_ words: [Substring]) -> (Endpoint, Endpoint)? {
    let isTold = words.count == 3 && words[0].lowercased() == "unknown" && words[1].lowercased() == "connection:"
    guard words.count == 1 || isTold, let last = words.last else { return nil }
    return ends(last)
  }

  /// Reads `10.8.1.3:3129-10.0.7.248:40142`.
  private static func ends(_ text: Substring) -> (Endpoint, Endpoint)? {
    for separator in text.indices where text[separator] == "-" {
      let (left, right) = (text[..<separator], text[separator...].dropFirst())
      // A name may contain the sign as well, but an end has an address and a port.
      guard let near = PastedWords.endpoint(left, .tcp, nil), let far = PastedWords.endpoint(right, .tcp, nil),
        near.port > 0, far.port > 0, near.address.standsFor == nil, far.address.standsFor == nil
      else { continue }
      return (near, far)
    }
    return nil
  }

  private static func amount(_ word: Substring) -> Double? {
    guard let first = word.utf8.first, (48...57).contains(first), let value = Double(word), value.isFinite, value >= 0,
      value < 1e15
    else { return nil }
    return value
  }
}
