internal import CFirewall
internal import LinuxSystem

/// All rules of the calling thread's network namespace, each from the tool that writes it whole.
///
/// iptables' tools lose what nft wrote into their tables, nft loses the parameters of iptables' extensions, and neither
/// shows legacy tables. So each is asked for its own, and a copy is compared with all of them.
struct RuleDump: Hashable, Sendable {
  var saved: [RuleSource: SavedRules] = [:]
  /// `ip filter` -> its lines, as nft lists it without counters.
  var nft: [String: String] = [:]
  /// The tables in nft's order.
  var order: [String] = []
  var sets = ""

  /// - Throws: if the namespace has rules that no tool here can show.
  init() throws(FirewallError) {
    for source in RuleSource.allCases where source.isLegacy {
      guard try !Self.content(source.tableNames).isEmpty else { continue }
      guard let tool = source.tool("save") else {
        throw FirewallError("this host has \(source.rawValue)'s tables, but not its program \(source.rawValue)-save")
      }
      let rules = SavedRules(try tool.output([]))
      if !rules.isEmpty { saved[source] = rules }
    }
    let tables = hw_fw_tables()
    if tables < 0 { throw FirewallError("nftables' tables cannot be counted: \(Errno(-tables))") }
    if tables > 0 {
      guard let nft = FirewallTool("nft") else {
        throw FirewallError("this host has nftables' tables, but the program nft is not installed")
      }
      (order, self.nft) = try Self.listing(nft)
      for source in RuleSource.allCases where !source.isLegacy {
        guard order.contains(where: { Self.belongs($0, to: source) }) else { continue }
        guard let tool = source.tool("save") else { continue }
        let rules = SavedRules(try tool.output([]))
        let own = rules.only { !rules.foreign.contains($0) }
        if !own.isEmpty { saved[source] = own }
      }
    }
    let named = saved.values.contains { $0.rules.contains { $0.text.contains("--match-set") } }
    if named {
      guard let ipset = FirewallTool("ipset") else {
        throw FirewallError("rules ask for sets of ipset, but the program ipset is not installed")
      }
      sets = Self.stable(try ipset.output(["save"]))
    }
  }

  private static func content(_ path: String) throws(FirewallError) -> String {
    do throws(SystemError) {
      return String(decoding: try Descriptor(reading: path).readToEnd(), as: UTF8.self)
    } catch {
      // Without legacy iptables the kernel has no such file.
      if error.errno == .noSuchFile { return "" }
      throw FirewallError("\(error)")
    }
  }

  /// Whether a table of nft may be one of iptables.
  static func belongs(_ table: String, to source: RuleSource) -> Bool {
    ["filter", "nat", "mangle", "raw", "security"].contains { "\(source.family) \($0)" == table }
  }

  /// All tables, as nft lists them without counters.
  static func listing(_ nft: FirewallTool) throws(FirewallError) -> (order: [String], [String: String]) {
    var (order, found) = tables(in: try nft.output(["-s", "list", "ruleset"]))
    // nft 1.0.6 leaves out the targets of ip6 tables (`dnat to …`) that it has listed for ip in the same run.
    for name in order where RuleSource.allCases.contains(where: { belongs(name, to: $0) }) {
      let words = ["-s", "list", "table"] + name.split(separator: " ").map(String.init)
      found[name] = tables(in: try nft.output(words)).1[name]
    }
    return (order, found)
  }

  /// A listing by tables, without what is not the rules: comments of nft's own, what is left of an element's life, and the
  /// program that owns a table, which would end with that program.
  static func tables(in listing: String) -> (order: [String], [String: String]) {
    var order: [String] = []
    var found: [String: String] = [:]
    var current: String?
    for line in listing.split(separator: "\n", omittingEmptySubsequences: false) {
      var line = String(line)
      if line.hasPrefix("table "), let brace = line.firstIndex(of: "{") {
        let name = line[..<brace].split(separator: " ").dropFirst().prefix(2).joined(separator: " ")
        order.append(name)
        current = name
        found[name] = ""
        // Behind the brace may stand a handle, or the name of the program that owns it.
        line = String(line[...brace])
      }
      guard let name = current else { continue }
      if line.hasPrefix("\tflags ") {
        if line.contains("dormant") { found[name]? += "\tflags dormant\n" }
        continue
      }
      found[name]? += (line.contains(" expires ") ? withoutExpiry(line) : line) + "\n"
      if line == "}" { current = nil }
    }
    return (order, found)
  }

  /// The lines of a table.
  ///
  /// - Parameter original: the table that `text` is a copy of. Base chains that it has not, without a rule and with the policy
  ///   accept, are left out: iptables' tool makes all of a table's chains where one was used, and those do nothing.
  static func lines(_ text: String?, asIn original: String? = nil) -> [Substring] {
    let lines = (text ?? "").split(separator: "\n")
    guard let original else { return lines }
    let known = Set(original.split(separator: "\n").filter { $0.hasPrefix("\tchain ") })
    var result: [Substring] = []
    var at = 0
    while at < lines.count {
      let isIdle =
        lines[at].hasPrefix("\tchain ") && !known.contains(lines[at]) && at + 2 < lines.count
        && lines[at + 1].hasPrefix("\t\ttype ") && lines[at + 1].hasSuffix("policy accept;") && lines[at + 2] == "\t}"
      if !isIdle { result.append(lines[at]) }
      at += isIdle ? 3 : 1
    }
    return result
  }

  /// `192.0.2.1 timeout 1h expires 59m44s, …` -> `192.0.2.1 timeout 1h, …`.
  private static func withoutExpiry(_ line: String) -> String {
    var words: [Substring] = []
    var isTime = false
    for word in line.split(separator: " ", omittingEmptySubsequences: false) {
      if isTime {
        isTime = false
        if word.hasSuffix(","), let last = words.popLast() { words.append(last + ",") }
      } else if word == "expires" {
        isTime = true
      } else {
        words.append(word)
      }
    }
    return words.joined(separator: " ")
  }

  /// A listing of ipset without what counts and times in it.
  private static func stable(_ listing: String) -> String {
    listing.split(separator: "\n").map { line in
      var words = line.split(separator: " ").map(String.init)
      for word in ["packets", "bytes", "initval"] {
        if let at = words.firstIndex(of: word), at + 1 < words.count { words.removeSubrange(at...(at + 1)) }
      }
      // The time that is left of an entry's life; of a set, the time of new ones.
      if words.first == "add", let at = words.firstIndex(of: "timeout"), at + 1 < words.count { words[at + 1] = "0" }
      return words.joined(separator: " ")
    }.joined(separator: "\n") + "\n"
  }

  /// The prefixes and single addresses that rules and sets name.
  var prefixes: Set<String> {
    var found: Set<String> = []
    let texts = saved.values.map(\.text) + Array(nft.values) + [sets]
    for text in texts {
      for word in text.split(whereSeparator: { " \t\n,{}!=\"".contains($0) }) {
        guard word.utf8.first.map({ ($0 >= 48 && $0 <= 58) || ($0 >= 97 && $0 <= 102) }) == true else { continue }
        guard word.contains(".") || word.contains(":") else { continue }
        for part in word.split(separator: "-") where RuleAddress.isPrefix(part) { found.insert(String(part)) }
      }
    }
    return found
  }
}
