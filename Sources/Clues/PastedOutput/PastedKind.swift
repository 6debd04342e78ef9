/// Which program's output a text is.
public enum PastedKind: String, Hashable, Sendable, CaseIterable, Codable {
  case conntrack = "conntrack -L"
  case ss
  case netstat
  case lsof = "lsof -i"
  case interfaces = "ip address"
  case interfacesJSON = "ip -json address"
  case routes = "ip route"
  case routesJSON = "ip -json route"
  case nethogs = "nethogs -t"
  case wireGuard = "wg show all dump"
  case containers = "docker inspect"
  case networks = "docker network inspect"
  case openVPNStatus = "OpenVPN status"
  case openVPNConfiguration = "OpenVPN configuration"
  case wireGuardConfiguration = "WireGuard configuration"
  case haproxySessions = "show sess all"
  case haproxyConfiguration = "haproxy.cfg"
  case nginxConfiguration = "nginx configuration"
  case capture = "pcap"
}

/// What a text was taken for, and why.
public struct PastedRecognition: Hashable, Sendable {
  public var kind: PastedKind
  /// The line that shows it; 0 if the file's name alone does.
  public var line: Int
  /// `two tuples with src= and dst=`
  public var evidence: String

  public init(kind: PastedKind, line: Int, evidence: String) {
    self.kind = kind
    self.line = line
    self.evidence = evidence
  }
}

extension PastedText {
  /// How many lines are looked at.
  private static let looked = 400

  /// Which output `lines` are, by what they say, or else by the name of their file; nil if neither tells.
  public static func kind(of lines: [Line], named name: String = "") -> PastedRecognition? {
    // The sure signs of any line before what may be by chance.
    for rule in PastedRule.sure {
      for line in lines.prefix(looked) where line.text.utf8.count < 65536 && rule.matches(line.text) {
        return PastedRecognition(kind: rule.kind, line: line.number, evidence: rule.evidence)
      }
    }
    if let json = PastedRule.json(lines) { return json }
    for rule in PastedRule.configurations {
      let hits = lines.prefix(looked).filter { $0.text.utf8.count < 65536 && rule.matches($0.text) }
      if hits.count >= 2, let first = hits.first {
        return PastedRecognition(kind: rule.kind, line: first.number, evidence: rule.evidence)
      }
    }
    return PastedRule.byName(name)
  }
}
