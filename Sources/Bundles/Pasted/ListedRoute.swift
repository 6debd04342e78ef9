public import Flows
internal import JSON

/// A route in the output of `ip route`, as text or JSON.
public struct ListedRoute: Hashable, Sendable {
  public var destination: Prefix
  public var gateway: IPAddress?
  /// The interface's name; nil for `unreachable` and `blackhole`.
  public var device: String?
  public var metric: UInt32
  public var line: Int

  /// The routes in a text output, without those of the table `local`.
  public static func list(_ lines: [PastedText.Line]) -> [ListedRoute] {
    var routes: [ListedRoute] = []
    /// A default route over several gateways has no gateway itself.
    var family = true
    for line in lines where line.text.utf8.count < 4096 && routes.count < 1_000_000 {
      var words = PastedWords.split(line.text)
      guard let first = words.first else { continue }
      if first == "nexthop", let last = routes.last, last.device == nil, last.gateway == nil {
        words[0] = Substring("\(last.destination)")
        if let route = ListedRoute(words, line: line.number, isV4: family) { routes[routes.count - 1] = route }
        continue
      }
      if ["local", "broadcast", "anycast", "multicast"].contains(first) { continue }
      // Rules say which packets ask another table than the main one, and they are not known here.
      if let at = words.firstIndex(of: "table"), at + 1 < words.count, !mainTables.contains(words[at + 1]) { continue }
      if ["unicast", "unreachable", "blackhole", "prohibit", "throw"].contains(first) { words.removeFirst() }
      let gateway = words.firstIndex(of: "via").flatMap {
        $0 + 1 < words.count ? PastedWords.address(words[$0 + 1]) : nil
      }
      family = gateway?.isV4 ?? !line.text.contains("::")
      if let route = ListedRoute(words, line: line.number, isV4: family) { routes.append(route) }
    }
    return routes
  }

  /// The tables that are asked without a rule of their own, as `ip route` names them.
  static let mainTables: Set<Substring> = ["main", "254", "default", "253", "local", "255"]

  /// The routes in the output of `ip -json route`; nil for anything else.
  public static func list(parsingJSON content: [UInt8], line: Int = 1) -> [ListedRoute]? {
    guard let entries = JSONValue.decode([Lenient<Entry>].self, from: content) else { return nil }
    let found = entries.compactMap(\.value)
    guard !found.isEmpty else { return nil }
    return found.compactMap { entry in
      let words = [entry.dst, "via", entry.gateway ?? "-", "dev", entry.dev ?? "-"].map { Substring($0) }
      guard entry.type == nil || entry.type == "unicast", entry.table.map({ mainTables.contains($0[...]) }) ?? true
      else {
        return nil
      }
      var route = ListedRoute(words, line: line, isV4: !(entry.gateway ?? "").contains(":"))
      route?.metric = entry.metric ?? 0
      if entry.dev == nil { route?.device = nil }
      return route
    }
  }

  private struct Entry: Decodable {
    var dst: String
    var gateway: String?
    var dev: String?
    var metric: UInt32?
    var type: String?
    var table: String?
  }

  private init?(_ words: [Substring], line: Int, isV4: Bool) {
    guard let first = words.first else { return nil }
    let destination =
      first == "default" ? Prefix(isV4 ? .anyV4 : .anyV6, length: 0) : Self.prefix(first)
    guard let destination else { return nil }
    self.destination = destination
    self.line = line
    metric = 0
    for (index, word) in words.enumerated() where index > 0 && index + 1 < words.count {
      let value = words[index + 1]
      switch word {
      case "via": gateway = PastedWords.address(value)
      case "dev": device = String(value)
      case "metric": metric = UInt32(value) ?? 0
      default: break
      }
    }
  }

  /// Reads `10.8.1.0/24`, `192.0.2.1`; old versions omit zero bytes at the end: `10/8`.
  private static func prefix(_ word: Substring) -> Prefix? {
    if let prefix = Prefix(String(word)) { return prefix }
    let parts = word.split(separator: "/")
    guard parts.count == 2, !parts[0].contains(":") else { return nil }
    let bytes = parts[0].split(separator: ".")
    guard (1...3).contains(bytes.count) else { return nil }
    let text = (bytes + Array(repeating: "0", count: 4 - bytes.count)).joined(separator: ".")
    return Prefix("\(text)/\(parts[1])")
  }
}
