/// What makes a host a router. Rules are nftables rules in a table named `lab`.
extension TestHost {
  /// `ip route add DESTINATION via GATEWAY`.
  public func route(_ destination: String, via gateway: String) throws {
    let family = gateway.contains(":") ? "-6" : "-4"
    try output(of: ["ip", family, "route", "replace", destination, "via", gateway])
  }

  /// Forwards IPv4 and IPv6 between its interfaces.
  public func forward() throws {
    try output(of: [
      "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding",
    ])
  }

  /// Counts bytes in connection tracking entries made from now on.
  public func accountConnections() throws {
    try output(of: ["sh", "-c", "echo 1 > /proc/sys/net/netfilter/nf_conntrack_acct"])
  }

  /// What leaves through `interface` gets that interface's address.
  public func masquerade(out interface: String) throws {
    try nat("postrouting", "oifname \"\(interface)\" masquerade")
  }

  /// What comes from `source` and leaves through `interface` gets the address `address`.
  public func sourceNAT(from source: String, out interface: String, to address: String) throws {
    try nat("postrouting", "oifname \"\(interface)\" \(family(address)) saddr \(source) snat to \(address)")
  }

  /// TCP or UDP to `address`:`port` of this host goes to `target`:`targetPort`.
  public func destinationNAT(
    _ transport: String = "tcp", to address: String, port: Int, target: String, targetPort: Int
  ) throws {
    let shown = target.contains(":") ? "[\(target)]" : target
    let rule = "\(family(address)) daddr \(address) \(transport) dport \(port) dnat to \(shown):\(targetPort)"
    try nat("prerouting", rule)
    try nat("output", rule)
  }

  /// A cloud's public address: everything to `address` goes to `inside`, and what `inside` sends through
  /// `interface` comes from `address`.
  public func oneToOne(_ address: String, _ inside: String, out interface: String) throws {
    try nat("prerouting", "\(family(address)) daddr \(address) dnat to \(inside)")
    try sourceNAT(from: inside, out: interface, to: address)
  }

  /// A bridge with `interfaces` in it; `addresses` are the host's own on it.
  public func bridge(_ name: String, _ interfaces: [String], _ addresses: String...) throws {
    var batch = ["link add \(name) type bridge", "link set \(name) up"]
    batch += interfaces.map { "link set \($0) master \(name)" }
    batch += addresses.map { "address add \($0) dev \(name)\($0.contains(":") ? " nodad" : "")" }
    try output(of: ["ip", "-batch", "-"], input: batch.joined(separator: "\n") + "\n")
  }

  private func family(_ address: String) -> String { address.contains(":") ? "ip6" : "ip" }

  private func nat(_ chain: String, _ rule: String) throws {
    let priority = chain == "postrouting" ? "srcnat" : "dstnat"
    // With ip and ip6 rules in one inet chain, a target's family follows from the rule's own match.
    let word = rule.replacing("dnat to", with: rule.hasPrefix("ip6") ? "dnat ip6 to" : "dnat ip to")
      .replacing("snat to", with: rule.contains("ip6 saddr") ? "snat ip6 to" : "snat ip to")
    try output(
      of: ["nft", "-f", "-"],
      input: """
        add table inet lab
        add chain inet lab \(chain) { type nat hook \(chain) priority \(priority == "dstnat" && chain == "output" ? "-100" : priority); }
        add rule inet lab \(chain) \(word)

        """)
  }
}
