/// Rules whose effect depends on more than one packet: on rates, owners, other programs, or what came before. A copy can't
/// tell what they do, so each has a mark in front of it: a rule without effect that shows when a packet gets there.
struct UncertainRules: Sendable {
  private(set) var texts: [String] = []
  static let mark = "hwunknown:"

  /// The rule that the mark in `text` stands in front of; nil if there is none.
  func marked(_ text: some StringProtocol) -> String? {
    guard let range = text.firstRange(of: Self.mark) else { return nil }
    guard let number = Int(text[range.upperBound...].prefix { $0.isNumber }), texts.indices.contains(number) else {
      return nil
    }
    return texts[number]
  }

  // MARK: iptables

  /// Matches that say the same of the copy's packet as of a real one.
  private static let certainMatches: Set<String> = [
    "tcp", "udp", "udplite", "icmp", "icmp6", "ipv6-icmp", "multiport", "comment", "conntrack", "state", "addrtype",
    "set", "mark", "connmark", "iprange", "length", "dscp", "tos", "ecn", "tcpmss", "rpfilter", "policy",
    "sctp", "dccp",
  ]
  private static let certainTargets: Set<String> = [
    "ACCEPT", "DROP", "REJECT", "RETURN", "LOG", "NFLOG", "DNAT", "SNAT", "MASQUERADE", "REDIRECT", "MARK", "CONNMARK",
    "NETMAP", "TCPMSS", "NOTRACK", "CLASSIFY", "DSCP", "TOS", "TTL", "HL", "CHECKSUM", "TRACE",
  ]
  /// What a rule does that changes nothing for the packet.
  private static let harmless: Set<String> = ["LOG", "NFLOG", "TRACE", "CLASSIFY"]

  /// Commands for `iptables-restore --noflush` that put a mark in front of each uncertain rule.
  mutating func marks(for saved: SavedRules) -> String {
    var result = ""
    for table in saved.tables {
      let chains = Set((saved.chains[table] ?? []).map(\.name))
      // From the last to the first, so that the numbers stay right.
      let lines = saved.rules.filter { $0.table == table }.reversed().compactMap { rule -> String? in
        guard let certain = Self.certainPart(of: rule.text, chains: chains) else { return nil }
        let words = certain.dropFirst("-A \(rule.chain)".count)
        texts.append(rule.text)
        return "-I \(rule.chain) \(rule.number)\(words) -m comment --comment \(Self.mark)\(texts.count - 1)"
      }
      if !lines.isEmpty { result += (["*\(table)"] + lines + ["COMMIT", ""]).joined(separator: "\n") }
    }
    return result
  }

  /// The part of a rule that a copy can judge; nil if that is all of it.
  static func certainPart(of rule: String, chains: Set<String>) -> String? {
    var isCertain = true
    var kept: [String] = []
    var target: String?
    for part in Self.parts(of: rule) {
      let words = part.split(separator: " ")
      switch words.first {
      case "-m":
        if words.count > 1, certainMatches.contains(String(words[1])), !looksAtSourcePort(part) {
          kept.append(part)
        } else {
          isCertain = false
        }
      case "-j", "-g":
        let name = words.count > 1 ? String(words[1]) : ""
        target = name
        if name == "CT" {
          // Only `--notrack` leaves the connection as it is.
          if !words.dropFirst(2).allSatisfy({ $0 == "--notrack" }) { isCertain = false }
        } else if !certainTargets.contains(name), !chains.contains(name) {
          isCertain = false
        }
      default: kept.append(part)
      }
    }
    if isCertain { return nil }
    // Without a target it may still remember the packet (`recent`, `hashlimit`).
    if let target, harmless.contains(target) { return nil }
    return kept.joined(separator: " ")
  }

  /// Whether a rule looks at the port that its packets come from, which whoever sends them chooses.
  static func looksAtSourcePort(_ rule: String) -> Bool {
    ["--sport", "--source-port", " sport "].contains { rule.contains($0) }
  }

  /// `-A INPUT -p tcp`, `-m limit --limit 3/min`, `-j ACCEPT`. Texts in quotes stay whole.
  private static func parts(of rule: String) -> [String] {
    var words: [String] = []
    var word = ""
    var isQuoted = false
    var isEscaped = false
    for character in rule {
      if isEscaped {
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character == "\"" {
        isQuoted.toggle()
      } else if character == " ", !isQuoted {
        words.append(word)
        word = ""
        continue
      }
      word.append(character)
    }
    words.append(word)
    var parts: [[String]] = [[]]
    for word in words {
      if ["-m", "-j", "-g"].contains(word) { parts.append([]) }
      parts[parts.count - 1].append(word)
    }
    return parts.map { $0.joined(separator: " ") }
  }

  // MARK: nft

  private static let uncertainWords: [String] = [
    "limit", "quota", "queue", "synproxy", "tproxy", "numgen", "jhash", "symhash", "osf", "socket", "exthdr", "secmark",
    "meter", "add", "update", "delete", "ether", "rt", "vlan", "@ll", "@th", "@nh", "@ih", "xt", "flow", "tunnel",
    "last", "iifgroup", "oifgroup", "iifkind", "oifkind", "iiftype", "oiftype", "skuid", "skgid", "cgroup", "cpu",
    "pkttype",
    "ibrname", "obrname", "rtclassid", "hour", "day",
  ]
  private static let uncertainPairs: Set<String> = [
    "meta skuid", "meta skgid", "meta cgroup", "meta cpu", "meta random", "meta secmark", "meta rtclassid",
    "tcp sport", "udp sport", "th sport", "sctp sport", "dccp sport", "udplite sport", "ip ttl", "ip6 hoplimit",
    "meta iifkind", "meta oifkind", "meta time", "meta hour", "meta day", "meta iiftype", "meta oiftype",
    "meta iifgroup", "meta oifgroup", "meta ibrname", "meta obrname", "meta pkttype",
    "ct count", "ct helper", "ct zone", "ct label", "ct bytes", "ct packets", "ct avgpkt", "ct expiration",
    "ct timeout", "ct expectation",
  ]
  private static let deciding: Set<String> = [
    "accept", "drop", "reject", "jump", "goto", "return", "queue", "dnat", "snat", "masquerade", "redirect", "tproxy",
    "set", "notrack", "vmap", "synproxy", "add", "update", "delete", "xt", "flow",
  ]

  /// A table as nft lists it, with a mark in front of each uncertain rule.
  mutating func marking(table: String) -> String {
    var isChain = false
    var lines: [String] = []
    for line in table.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("\tchain ") { isChain = true } else if line == "\t}" { isChain = false }
      if isChain, line.hasPrefix("\t\t"), let certain = Self.certainPart(ofNFT: line.dropFirst(2)) {
        texts.append(String(line.dropFirst(2)))
        lines.append("\t\t\(certain)counter comment \"\(Self.mark)\(texts.count - 1)\"")
      }
      lines.append(String(line))
    }
    return lines.joined(separator: "\n")
  }

  /// What stands in front of the first uncertain expression, with a blank at its end; nil if there is none.
  static func certainPart(ofNFT rule: Substring) -> String? {
    var words: [Substring] = []
    var isQuoted = false
    for word in rule.split(separator: " ") {
      let quotes = word.utf8.filter { $0 == 34 }.count
      if !isQuoted, quotes == 0 { words.append(word) } else { words.append("\"") }
      if quotes % 2 == 1 { isQuoted.toggle() }
    }
    if words.first == "type" || words.first == "policy" || words.first == "comment" { return nil }
    let found = words.indices.first { at in
      uncertainWords.contains(String(words[at]))
        || (at + 1 < words.count && uncertainPairs.contains("\(words[at]) \(words[at + 1])"))
    }
    guard var found else { return nil }
    // Of `ip saddr . ether saddr @set` all parts are one expression.
    while found >= 3, words[found - 1] == "." { found -= 3 }
    guard words[found...].contains(where: { deciding.contains(String($0)) }) else { return nil }
    // The words as they are written, quotes and all.
    let written = rule.split(separator: " ").prefix(found)
    return written.map { $0 + " " }.joined()
  }
}
