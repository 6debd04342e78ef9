import TestNumbers

/// Rules of a firewall, drawn from a seed, as commands for a shell in the firewall's host.
struct RandomRules {
  enum Kind: CaseIterable { case nft, iptablesNFT, docker, legacy }

  static let inner = (v4: "172.17.0.2", v6: "fd17::2")
  static let sources = [
    "198.51.100.7", "198.51.100.77", "203.0.113.9", "2001:db8:51::7", "2001:db8:51::77",
  ]
  /// The ports that are asked for; 8080 and 5432 may lead to the inner host's 80 and 5432.
  static let ports = [22, 443, 5432, 8080, 9000]

  let kind: Kind
  private(set) var commands: [String] = []
  private var numbers: SeededNumbers

  /// Removes all rules of the kind.
  static func reset(_ kind: Kind) -> String {
    let suffix = kind == .legacy ? "legacy" : "nft"
    // Tables that are not there need no reset.
    let tools = ["iptables-\(suffix)", "ip6tables-\(suffix)"].flatMap { tool in
      ["filter", "nat", "mangle", "raw"].map { "\(tool) -t \($0) -F; \(tool) -t \($0) -X" }
    }
    return (kind == .nft ? [] : tools + ["true"]).joined(separator: "\n") + "\nnft flush ruleset\n"
  }

  init(_ kind: Kind, seed: UInt64) {
    self.kind = kind
    numbers = SeededNumbers(seed)
    switch kind {
    case .nft: native()
    case .iptablesNFT, .docker: for tool in ["iptables-nft", "ip6tables-nft"] { iptables(tool) }
    case .legacy: for tool in ["iptables-legacy", "ip6tables-legacy"] { iptables(tool) }
    }
  }

  private mutating func one(_ texts: [String]) -> String {
    texts[min(texts.count - 1, Int(numbers.uniform() * Double(texts.count) - 1e-9))]
  }

  private mutating func prefix(_ isV4: Bool) -> String {
    one(
      isV4
        ? ["198.51.100.7", "198.51.100.64/26", "198.51.100.0/24", "203.0.113.0/24", "0.0.0.0/0"]
        : ["2001:db8:51::7", "2001:db8:51::40/122", "2001:db8:51::/64", "::/0"])
  }

  /// ` ! -s 203.0.113.0/24`. nftables refuses a rule for what is in no prefix at all.
  private mutating func source(_ isV4: Bool, chance: Double) -> String {
    let isNegated = numbers.chance(chance)
    let prefix = self.prefix(isV4)
    return "\(isNegated && !prefix.hasSuffix("/0") ? " !" : "") -s \(prefix)"
  }

  // MARK: iptables

  private mutating func rule(_ chain: String, _ isV4: Bool, _ targets: [String], isTCP: Bool = false) -> String {
    var text = "-A \(chain)"
    if numbers.chance(0.5) { text += source(isV4, chance: 0.2) }
    if numbers.chance(0.2) { text += " -i eth0" }
    // Neighbour discovery is no matter of the copy, so it must not fail.
    if numbers.chance(0.8) || isTCP {
      text += " -p tcp"
      switch numbers.uniform() {
      case ..<0.5: text += " --dport \(one(Self.ports.map(String.init)))"
      case ..<0.7: text += " -m multiport --dports 22,443,\(one(["5432", "8080", "9000"]))"
      default: text += " --dport 1:\(one(["1024", "6000", "8999"]))"
      }
    }
    if numbers.chance(0.2) { text += " -m conntrack --ctstate NEW" }
    if numbers.chance(0.1) { text += " -m comment --comment \"a rule's -j text\"" }
    return "\(text) -j \(one(targets))"
  }

  private mutating func iptables(_ tool: String) {
    let isV4 = !tool.hasPrefix("ip6")
    let inner = isV4 ? Self.inner.v4 : Self.inner.v6
    func add(_ text: String, _ table: String = "filter") { commands.append("\(tool) -t \(table) \(text)") }
    add("-P INPUT \(one(["ACCEPT", "DROP"]))")
    add("-P FORWARD \(one(["ACCEPT", "DROP"]))")
    add("-P OUTPUT \(one(["ACCEPT", "ACCEPT", "DROP"]))")
    add("-N OWN")
    add("-N USER")
    if numbers.chance(0.9) { add("-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT") }
    if numbers.chance(0.9) { add("-A OUTPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT") }
    if !isV4 { add("-I INPUT -p ipv6-icmp -j ACCEPT"); add("-I OUTPUT -p ipv6-icmp -j ACCEPT") }
    for _ in 0..<Int(numbers.between(0, 5)) { add(rule("OWN", isV4, ["ACCEPT", "DROP", "RETURN", "REJECT"])) }
    for _ in 0..<Int(numbers.between(1, 6)) {
      add(rule("INPUT", isV4, ["ACCEPT", "DROP", "OWN", "REJECT", "LOG"]))
    }
    add("-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT")
    add("-A FORWARD -j USER")
    for _ in 0..<Int(numbers.between(0, 3)) {
      add(
        "-A USER -p tcp -m conntrack --ctorigdstport \(one(["8080", "5432"])) --ctdir ORIGINAL"
          + "\(source(isV4, chance: 0.5)) -j \(one(["DROP", "RETURN"]))")
    }
    add("-A FORWARD -d \(inner) ! -i docker0 -o docker0 -p tcp --dport 80 -j ACCEPT")
    if numbers.chance(0.7) { add("-A FORWARD -d \(inner) -o docker0 -p tcp --dport 5432 -j ACCEPT") }
    if kind == .docker || numbers.chance(0.4) {
      let to = { (port: Int) in isV4 ? "\(inner):\(port)" : "[\(inner)]:\(port)" }
      add("-N DOCKER", "nat")
      add("-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER", "nat")
      add("-A DOCKER ! -i docker0 -p tcp --dport 8080 -j DNAT --to-destination \(to(80))", "nat")
      add("-A DOCKER ! -i docker0 -p tcp --dport 5432 -j DNAT --to-destination \(to(5432))", "nat")
    }
    if numbers.chance(0.3) { add(rule("PREROUTING", isV4, ["DROP", "ACCEPT"], isTCP: true), "raw") }
    if numbers.chance(0.3) { add("-A PREROUTING -s \(prefix(isV4)) -p tcp -j MARK --set-mark 7", "mangle") }
    if numbers.chance(0.3) {
      add("-I INPUT \(isV4 ? 1 : 2) -m mark --mark 7 -p tcp --dport 22 -j \(one(["ACCEPT", "DROP"]))")
    }
  }

  // MARK: nft

  private mutating func native() {
    let policy = one(["accept", "drop"])
    var rules = ["ct state established,related accept", "meta l4proto ipv6-icmp accept"]
    for _ in 0..<Int(numbers.between(1, 7)) {
      let ports = one(["22", "{ 22, 443 }", "1-6000", "!= 9000", "@open", "8080"])
      let from = one(["", "ip saddr @bad ", "ip6 saddr @bad6 ", "ip saddr != 198.51.100.7 ", "iifname \"eth0\" "])
      let end = one(["accept", "drop", "counter accept", "reject", "jump own", "log prefix \"a drop \" drop"])
      rules.append("\(from)tcp dport \(ports) \(end)")
    }
    if numbers.chance(0.4) { rules.append("tcp dport vmap { 22 : accept, 443 : drop, 9000 : jump own }") }
    var text = """
      table inet guard {
        set bad { type ipv4_addr; flags interval; elements = { \(one(["203.0.113.0/24", "198.51.100.64/26"])) }; }
        set bad6 { type ipv6_addr; flags interval; elements = { 2001:db8:51::40/122 }; }
        set open { type inet_service; elements = { 22, \(one(["443", "8080", "9000"])) }; }
        chain own { ip saddr 198.51.100.7 accept; ip6 saddr @bad6 drop; \(one(["tcp dport 22 drop;", "", "drop;"])) }
        chain in { type filter hook input priority \(one(["filter", "-5", "10"])); policy \(policy);
          \(rules.joined(separator: "\n    "))
        }
        chain through { type filter hook forward priority filter; policy \(one(["accept", "drop"]));
          ct state established,related accept
          meta l4proto tcp ct original proto-dst 8080 ip saddr @bad drop
          oifname "docker0" tcp dport 80 \(one(["accept", "drop"]))
        }
      }

      """
    if numbers.chance(0.6) {
      text += """
        table inet early {
          chain pre { type filter hook prerouting priority raw; policy accept; ip saddr 203.0.113.0/24 tcp dport \(one(["22", "443"])) drop; }
        }

        """
    }
    if numbers.chance(0.6) {
      text += """
        table ip publish {
          map to { type inet_service : ipv4_addr . inet_service; elements = { 8080 : \(Self.inner.v4) . 80 }; }
          chain pre { type nat hook prerouting priority dstnat; policy accept; fib daddr type local dnat ip to tcp dport map @to; }
        }

        """
    }
    commands.append("nft -f - <<'END'\n\(text)END")
  }
}
