/// The counters of iptables' legacy rules, which nothing traces: what one packet counted shows the rules that it met.
struct LegacyCounters {
  struct Row: Hashable {
    var rule: SavedRule
    var isPolicy: Bool
  }
  private var counts: [Row: UInt64] = [:]
  private var order: [Row] = []

  init(_ listing: String) {
    var table = ""
    var numbers: [String: Int] = [:]
    for line in listing.split(separator: "\n") {
      if line.hasPrefix("*") {
        (table, numbers) = (String(line.dropFirst()), [:])
      } else if line.hasPrefix(":") {
        let words = line.dropFirst().split(separator: " ")
        guard words.count > 2, words[1] != "-" else { continue }
        let rule = SavedRule(table: table, chain: String(words[0]), number: .max, text: "policy \(words[1])")
        add(Row(rule: rule, isPolicy: true), words[2])
      } else if line.hasPrefix("["), let blank = line.firstIndex(of: " ") {
        let text = line[line.index(after: blank)...]
        let chain = String(text.dropFirst(3).prefix { $0 != " " })
        numbers[chain, default: 0] += 1
        let rule = SavedRule(table: table, chain: chain, number: numbers[chain] ?? 0, text: String(text))
        add(Row(rule: rule, isPolicy: false), line[..<blank])
      }
    }
  }

  private mutating func add(_ row: Row, _ count: Substring) {
    order.append(row)
    counts[row] = UInt64(count.dropFirst().prefix { $0 != ":" }) ?? 0
  }

  /// The rules and policies that counted since `earlier`.
  func since(_ earlier: LegacyCounters) -> [Row] {
    order.filter { (counts[$0] ?? 0) > (earlier.counts[$0] ?? 0) }
  }

  /// What a packet met in the order of its way, from what was counted: table by table, from the built-in chain into those
  /// that its rules jump to.
  static func way(_ rows: [Row], hooks: [String]) -> [Row] {
    var result: [Row] = []
    for hook in hooks {
      for table in ["raw", "mangle", "nat", "filter", "security"] {
        walk(rows, table, hook, 0, &result)
      }
    }
    return result
  }

  @discardableResult
  private static func walk(_ rows: [Row], _ table: String, _ chain: String, _ depth: Int, _ result: inout [Row]) -> Bool
  {
    guard depth < 32 else { return true }
    for row in rows where row.rule.table == table && row.rule.chain == chain && !row.isPolicy {
      result.append(row)
      guard let target = target(of: row.rule.text) else { continue }
      if target == "RETURN" { return false }
      if ["ACCEPT", "DROP", "REJECT", "DNAT", "REDIRECT", "SNAT", "MASQUERADE"].contains(target) { return true }
      if rows.contains(where: { $0.rule.table == table && $0.rule.chain == target && !$0.isPolicy }),
        walk(rows, table, target, depth + 1, &result)
      {
        return true
      }
    }
    let policies = rows.filter { $0.rule.table == table && $0.rule.chain == chain && $0.isPolicy }
    result += policies
    return !policies.isEmpty
  }

  static func target(of rule: String) -> String? {
    // Texts in quotes (comments, prefixes of logs) are no targets.
    let plain = rule.split(separator: "\"", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 0 }
      .map(\.element).joined(separator: " ")
    let words = plain.split(separator: " ")
    guard let at = words.lastIndex(where: { $0 == "-j" || $0 == "-g" }), at + 1 < words.count else { return nil }
    return String(words[at + 1])
  }
}
