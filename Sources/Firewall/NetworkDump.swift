internal import CFirewall
internal import LinuxSystem

/// What decides about a packet besides the rules: interfaces, addresses, routing rules, routes and sysctls of the calling
/// thread's network namespace, as commands for `ip -batch`.
struct NetworkDump: Sendable {
  /// Interfaces by name, without loopback and the ports of bridges, which only pass frames on.
  var devices: [String] = []
  var links: [String] = []
  var addresses: [String] = []
  var rules: [String] = []
  /// Routes except those that the kernel makes of addresses.
  var routes: Set<String> = []
  /// `net/ipv4/ip_forward` -> `1`.
  var settings: [(path: String, value: String)] = []
  /// Why packets that come by an interface can't be judged: `eth0` -> `it has an XDP program`.
  var doubts: [String: String] = [:]

  init() throws(FirewallError) {
    guard let ip = FirewallTool("ip") else { throw FirewallError("the program ip is not installed") }
    try readLinks(try ip.output(["-o", "-d", "link", "show"]))
    try readAddresses(try ip.output(["-o", "address", "show"]))
    for family in ["-4", "-6"] {
      // `ip -6 rule` fails in a kernel without IPv6.
      let outcome = try ip.run([family, "rule", "show"])
      guard outcome.status == 0 else { continue }
      readRules(outcome.output, family)
      routes.formUnion(Self.routes(in: try ip.run([family, "-o", "route", "show", "table", "all"]).output, family))
    }
    if let tc = FirewallTool("tc") {
      for line in try tc.output(["qdisc", "show"]).split(separator: "\n") {
        let words = line.split(separator: " ").map(String.init)
        guard words.count > 4, ["clsact", "ingress"].contains(words[1]), let at = words.firstIndex(of: "dev") else {
          continue
        }
        doubts[words[at + 1]] = doubts[words[at + 1]] ?? "traffic control (tc) may filter on it"
      }
    }
    readSettings()
  }

  private mutating func readLinks(_ listing: String) throws(FirewallError) {
    var bridges: Set<String> = []
    var found: [(name: String, isUp: Bool, master: String?)] = []
    for line in listing.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      guard words.count > 3 else { continue }
      let name = String(words[1].dropLast().prefix { $0 != "@" })
      let flags = words[2].dropFirst().dropLast().split(separator: ",")
      if words.contains("bridge_slave") == false, words.contains("bridge") { bridges.insert(name) }
      if words.contains("vrf"), words.contains("table") {
        throw FirewallError("\(name) is a VRF, which a copy does not have")
      }
      if words.contains(where: { $0.hasPrefix("xdp") || $0 == "prog/xdp" }) { doubts[name] = "it has an XDP program" }
      let master = words.firstIndex(of: "master").flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
      found.append((name, flags.contains("UP"), master))
    }
    for link in found where link.name != "lo" {
      if link.master != nil { continue }
      devices.append(link.name)
      links.append("link set dev \(link.name) addrgenmode none")
      if link.isUp { links.append("link set dev \(link.name) up") }
    }
    if found.contains(where: { $0.name == "lo" && $0.isUp }) { links.insert("link set dev lo up", at: 0) }
  }

  private mutating func readAddresses(_ listing: String) throws(FirewallError) {
    // `2: eth0    inet 10.8.0.1 peer 10.8.0.2/32 scope global eth0\       valid_lft forever …`
    for line in listing.split(separator: "\n") {
      let words = line.split(separator: " ").map { String($0.prefix { $0 != "\\" }) }
      guard words.count > 3, let at = words.firstIndex(where: { $0 == "inet" || $0 == "inet6" }), at + 1 < words.count
      else { continue }
      let name = String(words[1].prefix { $0 != "@" })
      guard name == "lo" || devices.contains(name) else { continue }
      // A loopback that is up has these; set once more, `::1` gets a route that the original has not.
      if name == "lo", ["127.0.0.1/8", "::1/128"].contains(words[at + 1]) { continue }
      var command = "address replace \(words[at + 1])"
      if at + 3 < words.count, words[at + 2] == "peer" { command += " peer \(words[at + 3])" }
      if let scope = words.firstIndex(of: "scope"), scope + 1 < words.count { command += " scope \(words[scope + 1])" }
      command += " dev \(name)"
      if words[at] == "inet6" { command += " nodad" }
      if words.contains("noprefixroute") { command += " noprefixroute" }
      addresses.append(command)
    }
  }

  private mutating func readRules(_ listing: String, _ family: String) {
    let number = family == "-4" ? 0 : 1
    for line in listing.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":"), let preference = Int(line[..<colon]) else { continue }
      let text = line[line.index(after: colon)...].split(whereSeparator: \.isWhitespace).joined(separator: " ")
      // The kernel makes these itself.
      if preference == 0 || preference == 32766 || preference == 32767, text.hasPrefix("from all lookup") { continue }
      rules.append("-family \(number == 0 ? "inet" : "inet6") rule add \(text) pref \(preference)")
    }
  }

  /// Routes as commands, without what only tells of their state.
  static func routes(in listing: String, _ family: String) -> Set<String> {
    let alone: Set<String> = ["linkdown", "dead", "pervasive", "offload", "trap", "rt_offload", "rt_trap", "\\"]
    let withValue: Set<String> = ["expires", "error", "nhid", "users", "age", "metric_unused"]
    var found: Set<String> = []
    for line in listing.split(separator: "\n") {
      var words: [String] = []
      var skips = false
      for word in line.split(whereSeparator: \.isWhitespace).map(String.init) {
        if skips { skips = false; continue }
        if alone.contains(word) { continue }
        if withValue.contains(word) { skips = true; continue }
        words.append(word.hasSuffix("\\") ? String(word.dropLast()) : word)
      }
      guard let first = words.first else { continue }
      if ["local", "broadcast", "multicast", "anycast"].contains(first), words.contains("kernel") { continue }
      if first == "anycast" || first == "multicast" || words.contains("ff00::/8") { continue }
      found.insert("-family \(family == "-4" ? "inet" : "inet6") route replace \(words.joined(separator: " "))")
    }
    return found
  }

  private mutating func readSettings() {
    let perInterface4 = [
      "forwarding", "rp_filter", "accept_local", "route_localnet", "src_valid_mark", "disable_policy",
    ]
    let perInterface6 = ["disable_ipv6", "forwarding"]
    var paths = [
      "net/ipv4/ip_forward", "net/ipv4/ip_nonlocal_bind", "net/ipv4/fwmark_reflect", "net/ipv4/tcp_fwmark_accept",
      "net/ipv6/fwmark_reflect", "net/netfilter/nf_conntrack_tcp_loose", "net/netfilter/nf_conntrack_checksum",
    ]
    // `all` writes through to the others, so it comes first.
    for name in ["all", "default", "lo"] + devices {
      paths += perInterface4.map { "net/ipv4/conf/\(name)/\($0)" } + perInterface6.map { "net/ipv6/conf/\(name)/\($0)" }
    }
    for path in paths {
      // What this kernel does not have, the copy's does not have either.
      guard let bytes = try? Descriptor(reading: "/proc/sys/\(path)").readToEnd() else { continue }
      settings.append((path, String(decoding: bytes, as: UTF8.self).filter { $0 != "\n" }))
    }
  }

  /// The networks that routes lead to, but those that an address of an interface has: behind gateways, and on links whose addresses
  /// stand alone. At most 256.
  var prefixes: Set<String> {
    let others: Set<String> = [
      "default", "local", "broadcast", "multicast", "anycast", "blackhole", "unreachable", "prohibit", "throw",
    ]
    let found = routes.compactMap { route -> String? in
      let words = route.split(separator: " ").dropFirst(4)
      guard let first = words.first, !others.contains(String(first)), !route.contains("proto kernel") else {
        return nil
      }
      return first == "unicast" ? words.dropFirst().first.map(String.init) : String(first)
    }
    return Set(found.sorted().prefix(256))
  }

  /// Makes the calling thread's namespace, which has only a loopback, like the one that was read. The devices are there
  /// already.
  func pour() throws(FirewallError) {
    guard let ip = FirewallTool("ip") else { throw FirewallError("the program ip is not installed") }
    for (path, value) in settings { _ = hw_fw_write_file("/proc/sys/\(path)", value) }
    // A route through a gateway needs the one to the gateway, in whatever order they are listed.
    let ordered = routes.sorted { ($0.contains(" via ") ? 1 : 0, $0) < ($1.contains(" via ") ? 1 : 0, $1) }
    let isPlain = { (command: String) in !command.hasPrefix("-family") }
    // In IPv6 `replace` takes the place of a route of the same prefix and metric through another device.
    let distinct = ordered.map {
      $0.hasPrefix("-family inet6 route replace") ? $0.replacing(" replace ", with: " append ", maxReplacements: 1) : $0
    }
    let commands = links + addresses + distinct + rules + distinct
    _ = try ip.run(["-force", "-batch", "-"], input: commands.filter(isPlain).joined(separator: "\n") + "\n")
    for (option, name) in [("-4", "inet"), ("-6", "inet6")] {
      let own = commands.filter { $0.hasPrefix("-family \(name) ") }.map { $0.dropFirst("-family \(name) ".count) }
      if own.isEmpty { continue }
      _ = try ip.run([option, "-force", "-batch", "-"], input: own.joined(separator: "\n") + "\n")
    }
    // Links that went up have reset some of them.
    for (path, value) in settings { _ = hw_fw_write_file("/proc/sys/\(path)", value) }
    try check(ip)
  }

  /// - Throws: if something of it is not there.
  private func check(_ ip: FirewallTool) throws(FirewallError) {
    var there: Set<String> = []
    for family in ["-4", "-6"] {
      there.formUnion(Self.routes(in: try ip.run([family, "-o", "route", "show", "table", "all"]).output, family))
    }
    if let missing = routes.subtracting(there).sorted().first {
      throw FirewallError(
        "a route cannot be copied: \(missing.split(separator: " ").dropFirst(4).joined(separator: " "))")
    }
    if let more = there.subtracting(routes).sorted().first {
      throw FirewallError(
        "a copy has one route more: \(more.split(separator: " ").dropFirst(4).joined(separator: " "))")
    }
    var copied = self
    copied.rules = []
    for family in ["-4", "-6"] { copied.readRules(try ip.run([family, "rule", "show"]).output, family) }
    if let missing = Set(rules).subtracting(copied.rules).sorted().first {
      throw FirewallError(
        "a routing rule cannot be copied: \(missing.split(separator: " ").dropFirst(4).joined(separator: " "))")
    }
    for (path, value) in settings where path.hasSuffix("rp_filter") || path.hasSuffix("forwarding") {
      let now = (try? Descriptor(reading: "/proc/sys/\(path)").readToEnd()).map { String(decoding: $0, as: UTF8.self) }
      guard now?.filter({ $0 != "\n" }) == value else { throw FirewallError("\(path) cannot be copied") }
    }
  }
}
