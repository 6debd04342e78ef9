internal import Flows

/// A neighbour in the output of `ip neigh` or `arp`.
struct ListedNeighbour: Hashable, Sendable {
  var address: IPAddress
  var device: String
  /// The hardware address in lower case; nil for a neighbour that did not answer.
  var hardwareAddress: String?

  private static let states: Set<Substring> = [
    "REACHABLE", "STALE", "DELAY", "PROBE", "FAILED", "INCOMPLETE", "PERMANENT", "NOARP", "NONE",
  ]

  /// Reads one line of any of these forms; nil for anything else.
  ///
  /// - `10.0.0.1 dev eth0 lladdr 52:54:00:12:34:56 router REACHABLE`, of `ip neigh`
  /// - `10.0.0.1  ether  52:54:00:12:34:56  C  eth0`, of `arp -n`
  /// - `gw (10.0.0.1) at 52:54:00:12:34:56 [ether] on eth0`, of `arp -a`
  /// - `10.0.0.1  0x1  0x2  52:54:00:12:34:56  *  eth0`, of `/proc/net/arp`
  init?(_ text: String) {
    guard text.utf8.count < 1024 else { return nil }
    let words = PastedWords.split(text)
    guard words.count >= 3 else { return nil }
    let found: (address: Substring, hardware: Substring?, device: Substring)
    if words[1] == "dev", let last = words.last, Self.states.contains(last) {
      let hardware = words.firstIndex(of: "lladdr").flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
      found = (words[0], hardware, words[2])
    } else if words.count >= 6, words[1].hasPrefix("("), words[1].hasSuffix(")"), words[2] == "at",
      let on = words.lastIndex(of: "on"), on + 1 < words.count
    {
      found = (words[1].dropFirst().dropLast(), words[3], words[on + 1])
    } else if words.count >= 5, words[1] == "ether" {
      found = (words[0], words[2], words[words.count - 1])
    } else if words.count == 5, words[1] == "(incomplete)" || words[2] == "(incomplete)" {
      found = (words[0], nil, words[4])
    } else if words.count == 3, words[1] == "(incomplete)" {
      found = (words[0], nil, words[2])
    } else if words.count == 6, words[1].hasPrefix("0x"), words[2].hasPrefix("0x") {
      found = (words[0], words[2] == "0x0" ? nil : words[3], words[5])
    } else {
      return nil
    }
    guard let address = PastedWords.address(found.address) else { return nil }
    self.address = address
    device = String(found.device)
    hardwareAddress = found.hardware.flatMap(Self.hardwareAddress)
  }

  /// Reads six bytes of one or two hexadecimal digits (macOS prints `2:42:ac:11:0:2`); nil for anything else.
  private static func hardwareAddress(_ text: Substring) -> String? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let bytes = parts.compactMap { (1...2).contains($0.utf8.count) ? UInt8($0, radix: 16) : nil }
    guard parts.count == 6, bytes.count == 6, bytes.contains(where: { $0 != 0 }) else { return nil }
    return bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
  }
}

/// `ip neigh`, `arp -n`, `arp -a` and `/proc/net/arp`.
struct NeighboursOutput: PastedOutput {
  let name = "ip neigh"
  let isOfHost = false
  let signs: [PastedSign] = [.line("a neighbour with its device") { ListedNeighbour($0) != nil }]
  let script: String? = #"""
    into "$folder/ip-neigh.txt" "$@" ip neigh
    [ -s "$folder/ip-neigh.txt" ] || into "$folder/ip-neigh.txt" "$@" cat /proc/net/arp
    """#

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<ListedNeighbour>] {
    text.lines.compactMap { line in ListedNeighbour(line.text).map { text.evident($0, line: line.number) } }
  }
}
