/// How one program's output is recognised.
struct PastedRule: Sendable {
  let kind: PastedKind
  let evidence: String
  let matches: @Sendable (String) -> Bool

  /// A single line of these is enough.
  static let sure: [PastedRule] = [
    PastedRule(kind: .openVPNStatus, evidence: "the title of OpenVPN's status") {
      $0 == "OpenVPN CLIENT LIST" || $0.hasPrefix("TITLE,OpenVPN") || $0.hasPrefix("TITLE\tOpenVPN")
        || $0.hasPrefix("HEADER,CLIENT_LIST,") || $0.hasPrefix("OpenVPN STATISTICS")
    },
    PastedRule(kind: .haproxySessions, evidence: "a stream with source= or proto=") {
      $0.hasPrefix("0x") && $0.contains(": [") && ($0.contains(" source=") || $0.contains(" proto="))
    },
    PastedRule(kind: .conntrack, evidence: "two tuples with src= and dst=") { line in
      line.contains("src=") && line.contains("dst=")
        && PastedWords.split(line).filter { $0.hasPrefix("src=") || $0.hasPrefix("dst=") }.count >= 2
    },
    PastedRule(kind: .lsof, evidence: "the heading of lsof, or a line with IPv4 and TCP or UDP") { line in
      let words = PastedWords.split(line)
      if words.starts(with: ["COMMAND", "PID"]) { return true }
      guard let type = words.firstIndex(where: { $0 == "IPv4" || $0 == "IPv6" }), type >= 4, type + 4 < words.count
      else { return false }
      return (words[type + 3] == "TCP" || words[type + 3] == "UDP") && Int32(words[1]) != nil
    },
    PastedRule(kind: .ss, evidence: "the heading of ss") { ListedSocket.SSHeader.isHeader($0) },
    PastedRule(kind: .netstat, evidence: "the heading of netstat") {
      $0.hasPrefix("Active Internet connections") || ($0.hasPrefix("Proto ") && $0.contains("Recv-Q"))
    },
    PastedRule(kind: .ss, evidence: "a line of ss") { line in
      let words = PastedWords.split(line)
      guard words.count >= 5 else { return false }
      let start = ListedSocket.transport(words[0]) == nil ? 0 : 1
      guard ListedSocket.state(words[start]) != nil, words.count >= start + 5 else { return false }
      return PastedWords.number(words[start + 1]) != nil && PastedWords.number(words[start + 2]) != nil
        && words[start + 3].contains(":")
    },
    PastedRule(kind: .netstat, evidence: "a line of netstat") { line in
      let words = PastedWords.split(line)
      guard words.count >= 5, ListedSocket.transport(words[0]) != nil else { return false }
      return PastedWords.number(words[1]) != nil && PastedWords.number(words[2]) != nil && words[3].contains(":")
        && words[4].contains(":")
    },
    PastedRule(kind: .interfaces, evidence: "an interface with its flags or its state") { line in
      let words = PastedWords.split(line)
      guard words.count >= 2 else { return false }
      if words[0].last == ":", PastedWords.number(words[0].dropLast()) != nil, words.count > 2 {
        return words[2].hasPrefix("<") || words[2] == "inet" || words[2] == "inet6"
      }
      return ["UP", "DOWN", "UNKNOWN"].contains(words[1]) && line.first != " "
        && words.dropFirst(2).allSatisfy { $0.contains("/") || $0.contains("metric") }
    },
    PastedRule(kind: .nethogs, evidence: "a refresh of nethogs") {
      $0.hasPrefix("Refreshing:") || ($0.contains("/0/0") && NethogsLine($0, refresh: 0, line: 1) != nil)
        || ($0.hasPrefix("/") && NethogsLine($0, refresh: 0, line: 1) != nil)
    },
    PastedRule(kind: .wireGuard, evidence: "columns of wg show dump") { line in
      WireGuardDump.list([PastedText.Line(number: 1, text: line)]).isEmpty == false
    },
    PastedRule(kind: .routes, evidence: "a route with its device") { line in
      let words = PastedWords.split(line)
      guard words.count >= 3, words.contains("dev") || words.contains("via") else { return false }
      return !ListedRoute.list([PastedText.Line(number: 1, text: line)]).isEmpty
    },
  ]

  /// Two lines of these are needed.
  static let configurations: [PastedRule] = [
    PastedRule(kind: .wireGuardConfiguration, evidence: "sections [Interface] and [Peer], or their keys") {
      $0 == "[Interface]" || $0 == "[Peer]" || $0.hasPrefix("AllowedIPs")
    },
    PastedRule(kind: .haproxyConfiguration, evidence: "sections of haproxy.cfg") { line in
      guard let first = line.utf8.first, first != 32, first != 9 else { return false }
      let words = PastedWords.split(line)
      if words.count == 1 { return words[0] == "global" || words[0] == "defaults" }
      return words.count >= 2 && ["frontend", "backend", "listen", "defaults"].contains(words[0])
        && !line.hasSuffix(";")
        && !line.contains("{")
    },
    PastedRule(kind: .nginxConfiguration, evidence: "blocks and directives of nginx") { line in
      let words = PastedWords.split(line)
      guard let first = words.first else { return false }
      if line.hasPrefix("# configuration file ") { return true }
      if line.hasSuffix("{") { return ["server", "http", "stream", "upstream", "location", "events"].contains(first) }
      return line.hasSuffix(";") && ["listen", "server_name", "proxy_pass", "include", "server"].contains(first)
    },
    PastedRule(kind: .openVPNConfiguration, evidence: "options of OpenVPN") { line in
      let words = PastedWords.split(line)
      guard let first = words.first else { return false }
      return [
        "dev", "dev-type", "proto", "client-config-dir", "ifconfig-pool-persist", "remote", "server", "client", "push",
        "keepalive", "topology", "status", "tls-server", "tls-client", "verb", "nobind",
      ].contains(first) && words.count <= 5 && !line.hasSuffix(";") && !line.hasSuffix("{")
    },
  ]

  /// `docker inspect`, `docker network inspect`, `ip -json`.
  static func json(_ lines: [PastedText.Line]) -> PastedRecognition? {
    guard let first = lines.first(where: { !$0.text.allSatisfy { $0 == " " || $0 == "\t" } }) else { return nil }
    let start = first.text.drop { $0 == " " || $0 == "\t" }
    guard start.first == "[" || start.first == "{" else { return nil }
    let keys: [(String, PastedKind)] = [
      ("\"IPAM\"", .networks), ("\"SandboxKey\"", .containers), ("\"NetworkSettings\"", .containers),
      ("\"addr_info\"", .interfacesJSON), ("\"ifname\"", .interfacesJSON), ("\"dst\"", .routesJSON),
    ]
    for (key, kind) in keys {
      if let line = lines.first(where: { $0.text.contains(key) }) {
        return PastedRecognition(kind: kind, line: line.number, evidence: "the key \(key)")
      }
    }
    return nil
  }

  /// What the file is called.
  static func byName(_ path: String) -> PastedRecognition? {
    let name = (path.split(separator: "/").last ?? "").lowercased()
    let hints: [(String, PastedKind)] = [
      ("haproxy.cfg", .haproxyConfiguration), ("sess", .haproxySessions), ("conntrack", .conntrack),
      ("netstat", .netstat), ("lsof", .lsof), ("nethogs", .nethogs), ("openvpn-status", .openVPNStatus),
      ("nginx.conf", .nginxConfiguration), (".ovpn", .openVPNConfiguration),
    ]
    for (word, kind) in hints where name.contains(word) {
      return PastedRecognition(kind: kind, line: 0, evidence: "the file's name")
    }
    let captures = [".pcap", ".pcapng", ".cap"]
    if captures.contains(where: name.hasSuffix) {
      return PastedRecognition(kind: .capture, line: 0, evidence: "the file's name")
    }
    return nil
  }
}
