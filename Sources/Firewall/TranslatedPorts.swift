internal import Flows

/// The port numbers that stand in tables which translate destinations.
///
/// Whether a rule really sends such a port elsewhere is for the copy to say. So nothing here reads what the rules mean: each
/// number that can be a port is one to ask about.
struct TranslatedPorts {
  private(set) var doors: [FirewallDoor] = []
  private var known: Set<FirewallDoor> = []

  /// Longer ranges have their ends tried only.
  private static let range = 64

  init(_ dump: RuleDump) {
    for saved in dump.saved.values.sorted(by: { $0.text < $1.text }) {
      for table in saved.tables {
        let rules = saved.rules.filter { $0.table == table }.map(\.text)
        guard rules.contains(where: { Self.translates($0) }) else { continue }
        for rule in rules { read(rule) }
      }
    }
    for name in dump.order {
      guard let text = dump.nft[name], Self.translates(text) else { continue }
      for line in text.split(separator: "\n") { read(String(line)) }
    }
    doors.sort { ($0.port, $0.transport.number) < ($1.port, $1.transport.number) }
  }

  private static func translates(_ text: String) -> Bool {
    text.split(whereSeparator: { " \t\n".contains($0) }).contains { word in
      ["DNAT", "REDIRECT", "NETMAP", "dnat", "redirect"].contains(word)
    }
  }

  /// Takes the numbers of a rule, `--dport 8080`, `tcp dport { 80, 8000-8010 }`, or of the elements of a set.
  private mutating func read(_ line: String) {
    let words = line.split(whereSeparator: { " \t,{}".contains($0) })
    let hasTCP = words.contains("tcp")
    let hasUDP = words.contains("udp")
    for word in words {
      let parts = word.split(omittingEmptySubsequences: false, whereSeparator: { $0 == ":" || $0 == "-" })
      let ports = parts.compactMap { Port($0)?.number }.filter { $0 > 0 }
      guard ports.count == parts.count, ports.count < 3, let first = ports.first, let last = ports.last else {
        continue
      }
      let all = first <= last && Int(last) - Int(first) < Self.range ? Array(first...last) : [first, last]
      for port in all {
        if hasTCP || !hasUDP { add(FirewallDoor(.tcp, port)) }
        if hasUDP || !hasTCP { add(FirewallDoor(.udp, port)) }
      }
    }
  }

  private mutating func add(_ door: FirewallDoor) {
    if known.insert(door).inserted { doors.append(door) }
  }
}
