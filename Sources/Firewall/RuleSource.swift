/// One of the four tools that save and load iptables' rules.
enum RuleSource: String, CaseIterable, Sendable {
  case legacyV4 = "iptables-legacy"
  case legacyV6 = "ip6tables-legacy"
  case nftV4 = "iptables-nft"
  case nftV6 = "ip6tables-nft"

  var isLegacy: Bool { self == .legacyV4 || self == .legacyV6 }
  /// nftables' word for the family.
  var family: String { self == .legacyV4 || self == .nftV4 ? "ip" : "ip6" }
  /// The names that /proc has of the legacy tables in use.
  var tableNames: String {
    family == "ip" ? "/proc/thread-self/net/ip_tables_names" : "/proc/thread-self/net/ip6_tables_names"
  }

  /// `iptables-legacy-save`. A host from before there were two kinds has only `iptables-save`.
  func tool(_ suffix: String) -> FirewallTool? {
    FirewallTool("\(rawValue)-\(suffix)")
      ?? (isLegacy ? FirewallTool("\(family == "ip" ? "iptables" : "ip6tables")-\(suffix)") : nil)
  }
}

/// A rule or policy of iptables, as its saver writes it.
struct SavedRule: Hashable, Sendable {
  var table: String
  var chain: String
  /// The number in its chain, from 1.
  var number: Int
  /// `-A INPUT -p tcp …`, without counters.
  var text: String
}

/// What one saver printed.
struct SavedRules: Hashable, Sendable {
  var rules: [SavedRule] = []
  /// `filter` -> chains in their order, with the policy (`-` for a person's own chain).
  var chains: [String: [(name: String, policy: String)]] = [:]
  var tables: [String] = []
  /// Tables of which it says that it can't show them.
  var foreign: Set<String> = []

  static func == (one: SavedRules, other: SavedRules) -> Bool { one.text == other.text }
  func hash(into hasher: inout Hasher) { hasher.combine(text) }

  init(_ text: String) {
    var table = ""
    var numbers: [String: Int] = [:]
    for line in text.split(separator: "\n") {
      if line.hasPrefix("*") {
        table = String(line.dropFirst())
        tables.append(table)
        numbers = [:]
      } else if line.hasPrefix(":") {
        let words = line.dropFirst().split(separator: " ")
        if words.count > 1 { chains[table, default: []].append((String(words[0]), String(words[1]))) }
      } else if line.hasPrefix("-A ") || line.hasPrefix("[") {
        let rule = line.hasPrefix("[") ? line.drop { $0 != " " }.dropFirst() : line
        let chain = String(rule.dropFirst(3).prefix { $0 != " " })
        numbers[chain, default: 0] += 1
        rules.append(SavedRule(table: table, chain: chain, number: numbers[chain] ?? 0, text: String(rule)))
      } else if line.hasPrefix("# Table `"), let end = line.dropFirst(9).firstIndex(of: "'") {
        foreign.insert(String(line[line.index(line.startIndex, offsetBy: 9)..<end]))
      }
    }
  }

  /// The same, to be loaded: no counters, no comments.
  var text: String {
    // Legacy tables are saved in the order in which the kernel got them.
    tables.sorted().map { table in
      let heads = (chains[table] ?? []).map { ":\($0.name) \($0.policy) [0:0]" }
      let lines = rules.filter { $0.table == table }.map(\.text)
      return (["*\(table)"] + heads + lines + ["COMMIT", ""]).joined(separator: "\n")
    }.joined()
  }

  var isEmpty: Bool { tables.isEmpty }

  /// Without the tables that fail `keep`.
  func only(_ keep: (String) -> Bool) -> SavedRules {
    var copy = self
    copy.tables.removeAll { !keep($0) }
    copy.rules.removeAll { !keep($0.table) }
    return copy
  }
}
