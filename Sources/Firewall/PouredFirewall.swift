internal import CFirewall
internal import Flows
internal import LinuxSystem

/// The copy itself, in the namespace of the calling thread.
struct PouredFirewall {
  let network: NetworkDump
  let hasLegacy: [RuleSource]
  let hasNFT: Bool
  private(set) var devices: [(name: String, number: Int32)] = []
  private(set) var trace: Int32 = -1
  private(set) var marks = UncertainRules()
  /// `ip filter 4` -> the rule with this handle.
  private(set) var rules: [String: String] = [:]
  /// The hooks of base chains: `ip filter INPUT` -> `input`.
  private(set) var hooks: [String: String] = [:]

  init(_ dump: RuleDump, _ network: NetworkDump) throws(FirewallError) {
    self.network = network
    hasLegacy = RuleSource.allCases.filter { $0.isLegacy && dump.saved[$0] != nil }
    hasNFT = !dump.order.isEmpty
    do throws(FirewallError) {
      for name in network.devices {
        let number = hw_fw_device(name)
        guard number >= 0 else { throw FirewallError("the interface \(name) cannot be copied: \(Errno(-number))") }
        devices.append((name, number))
      }
      try network.pour()
      try pour(dump)
      if hasNFT { try startTrace() }
    } catch {
      close()
      throw error
    }
  }

  mutating func close() {
    for device in devices { hw_fw_close(device.number) }
    devices = []
    if trace >= 0 { hw_fw_close(trace) }
    trace = -1
  }

  // MARK: Rules

  private mutating func pour(_ dump: RuleDump) throws(FirewallError) {
    if !dump.sets.isEmpty, let ipset = FirewallTool("ipset") { _ = try ipset.output(["restore"], input: dump.sets) }
    // A table that iptables' tool writes whole comes from it, each other one from nft.
    var native = dump.order
    for source in RuleSource.allCases {
      guard let saved = dump.saved[source] else { continue }
      guard let tool = source.tool("restore") else {
        throw FirewallError("\(source.rawValue)-restore is not installed")
      }
      _ = try tool.output([], input: saved.text)
      if !source.isLegacy { native.removeAll { name in saved.tables.contains { "\(source.family) \($0)" == name } } }
    }
    if let nft = FirewallTool("nft"), !dump.order.isEmpty {
      let (_, copied) = try RuleDump.listing(nft)
      for name in dump.order
      where !native.contains(name)
        && RuleDump.lines(copied[name], asIn: dump.nft[name]) != RuleDump.lines(dump.nft[name])
      {
        if copied[name] != nil { _ = try nft.output(["delete table \(name)"]) }
        native.append(name)
      }
      let text = dump.order.filter { native.contains($0) }.map { marks.marking(table: dump.nft[$0] ?? "") }.joined()
      if !native.isEmpty {
        do throws(FirewallError) { _ = try nft.output(["-f", "-"], input: text) } catch {
          throw FirewallError("rules of \(native.joined(separator: ", ")) cannot be copied: \(error)")
        }
      }
      try compare(dump, nft, native: native)
    }
    try addMarks(dump, except: native)
  }

  /// - Throws: if the copy's rules are not the ones that were read.
  private func compare(_ dump: RuleDump, _ nft: FirewallTool, native: [String]) throws(FirewallError) {
    let (order, copied) = try RuleDump.listing(nft)
    for name in dump.order {
      let lines = RuleDump.lines(copied[name], asIn: dump.nft[name]).filter { !$0.contains(UncertainRules.mark) }
      let wanted = RuleDump.lines(dump.nft[name])
      if lines == wanted { continue }
      let differing =
        wanted.first { !lines.contains($0) } ?? lines.first { !wanted.contains($0) } ?? "the order of its rules"
      throw FirewallError(
        "table \(name) has rules that cannot be copied: \(differing.split(whereSeparator: \.isWhitespace).joined(separator: " "))"
      )
    }
    if let more = order.first(where: { dump.nft[$0] == nil }) {
      throw FirewallError("a copy has a table more: \(more)")
    }
  }

  private mutating func addMarks(_ dump: RuleDump, except native: [String]) throws(FirewallError) {
    for source in RuleSource.allCases {
      guard
        let saved = dump.saved[source]?.only({ table in
          source.isLegacy || !native.contains("\(source.family) \(table)")
        }), !saved.isEmpty, let tool = source.tool("save"), let restore = source.tool("restore")
      else { continue }
      let copied = SavedRules(try tool.output([])).only { saved.tables.contains($0) }
      guard copied == saved else {
        let differing = saved.rules.first { !copied.rules.contains($0) }
        throw FirewallError("rules of \(source.rawValue) cannot be copied: \(differing?.text ?? "its chains differ")")
      }
      let marking = marks.marks(for: saved)
      if !marking.isEmpty { _ = try restore.output(["--noflush"], input: marking) }
    }
  }

  // MARK: Names of rules

  private mutating func startTrace() throws(FirewallError) {
    guard let nft = FirewallTool("nft") else { throw FirewallError("the program nft is not installed") }
    // In front of every other chain, also those of raw tables and of the earliest priorities.
    let table = FirewallClone.traceTable
    _ = try nft.output(
      ["-f", "-"],
      input: """
        table inet \(table) {
          chain arriving { type filter hook prerouting priority -2147483648; policy accept; meta nftrace set 1; }
          chain sent { type filter hook output priority -2147483648; policy accept; meta nftrace set 1; }
        }

        """)
    trace = hw_fw_trace()
    guard trace >= 0 else { throw FirewallError("what nftables traces cannot be read: \(Errno(-trace))") }
    try readHandles(nft)
  }

  private mutating func readHandles(_ nft: FirewallTool) throws(FirewallError) {
    // iptables' own words are better than what nft makes of them.
    var own: [String: [String]] = [:]
    for source in RuleSource.allCases where !source.isLegacy {
      guard let tool = source.tool("save") else { continue }
      for rule in SavedRules(try tool.run([]).output).rules {
        own["\(source.family) \(rule.table) \(rule.chain)", default: []].append(rule.text)
      }
    }
    let listing = try nft.output(["-s", "-a", "list", "ruleset"])
    for (name, text) in RuleDump.tables(in: listing).1 {
      var chain = ""
      var found: [(handle: String, text: String)] = []
      func take() {
        let words = own["\(name) \(chain)"]
        for (number, rule) in found.enumerated() {
          rules["\(name) \(rule.handle)"] = words?.count == found.count ? words?[number] : rule.text
        }
        found = []
      }
      for line in text.split(separator: "\n") {
        if line.hasPrefix("\tchain ") {
          take()
          chain = String(line.dropFirst(7).prefix { $0 != " " })
        } else if line.hasPrefix("\t\ttype "), let hook = line.split(separator: " ").dropFirst(3).first {
          hooks["\(name) \(chain)"] = String(hook)
        } else if line.hasPrefix("\t\t"), let at = line.range(of: " # handle ") {
          found.append((String(line[at.upperBound...]), String(line[..<at.lowerBound].dropFirst(2))))
        }
      }
      take()
    }
  }
}

extension StringProtocol {
  /// The last place of `text`.
  fileprivate func range(of text: String) -> Range<Index>? { ranges(of: text).last }
}
