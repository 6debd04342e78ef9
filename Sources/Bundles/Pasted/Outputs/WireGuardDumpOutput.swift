internal import Flows
internal import VPNs

/// `wg show all dump` or `wg show IF dump` (wireguard-tools), separated by tabs or by spaces that replaced them.
///
/// The private and the preshared keys are skipped.
struct WireGuardDumpOutput: PastedOutput {
  let name = "wg show all dump"
  let isOfHost = false
  let signs: [PastedSign] = [
    .line("columns of wg show dump") { line in !devices([PastedText.Line(number: 1, text: line)]).isEmpty }
  ]
  let script: String? = #"""
    if have wg; then
      # Fields two and three hold the private and the preshared keys.
      timed 20 "$@" wg show all dump 2>/dev/null | awk -F'\t' -v OFS='\t' 'NF == 5 { $2 = "(hidden)" } NF == 9 { $3 = "(hidden)" } { print }' \
        >"$folder/wg.txt"
      [ -s "$folder/wg.txt" ] || rm -f "$folder/wg.txt"
    fi
    """#

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<RecordedWireGuardDevice>] {
    Self.devices(text.lines).map { text.evident($0) }
  }

  /// - Parameter name: the device's name, for the short form, which does not have it.
  static func devices(_ lines: [PastedText.Line], name: String = "wg0") -> [RecordedWireGuardDevice] {
    var result: [RecordedWireGuardDevice] = []
    for line in lines where line.text.utf8.count < 65536 {
      var words = PastedWords.split(line.text)
      // The form of `wg show wg0 dump`, without the device in front.
      if words.count == 4 || words.count == 8 { words.insert(Substring(name), at: 0) }
      if words.count == 5, let device = interface(words) {
        result.append(RecordedWireGuardDevice(device: device, lines: [:]))
      } else if words.count == 9 {
        let device = String(words[0])
        let place = result.lastIndex { $0.device.name == device }
        let number = (place.map { result[$0].device.peers.count } ?? 0) + 1
        guard let peer = peer(words, number: number) else { continue }
        if place == nil { result.append(RecordedWireGuardDevice(device: WireGuardDevice(name: device), lines: [:])) }
        let index = place ?? result.count - 1
        result[index].device.peers.append(peer)
        result[index].lines[peer.publicKey] = line.number
      }
    }
    return result
  }

  /// Whether somebody made a key unreadable: `(hidden)`, `REDACTED`, `xxxx`.
  private static func isHidden(_ word: Substring) -> Bool {
    let lower = word.lowercased()
    return word.first.map { "([<{".contains($0) } == true || lower.contains("redact") || lower.contains("hidden")
      || lower.contains("***") || lower.contains("...") || lower.contains("xxx") || lower.contains("\u{2026}")
  }

  /// `if, private key, public key, port, fwmark`
  private static func interface(_ words: [Substring]) -> WireGuardDevice? {
    guard let port = Port(words[3]), words[4] == "off" || words[4].hasPrefix("0x") else { return nil }
    let key = WireGuardPublicKey(base64: Array(words[2].utf8))
    guard key != nil || words[2] == "(none)" || isHidden(words[2]) else { return nil }
    let mark = words[4].hasPrefix("0x") ? UInt32(words[4].dropFirst(2), radix: 16) ?? 0 : 0
    return WireGuardDevice(name: String(words[0]), publicKey: key, listenPort: port.number, firewallMark: mark)
  }

  /// `if, public key, preshared key, endpoint, allowed ips, latest handshake, received, sent, keepalive`
  private static func peer(_ words: [Substring], number: Int) -> WireGuardPeer? {
    let written = WireGuardPublicKey(base64: Array(words[1].utf8))
    guard let key = written ?? (isHidden(words[1]) ? WireGuardPublicKey(hidden: number) : nil),
      let handshake = PastedWords.number(words[5]),
      let received = PastedWords.number(words[6]), let sent = PastedWords.number(words[7]),
      words[8] == "off" || PastedWords.number(words[8]) != nil
    else { return nil }
    return WireGuardPeer(
      publicKey: key, endpoint: words[3] == "(none)" ? nil : PastedWords.endpoint(words[3], .udp, nil),
      allowedPrefixes: words[4].split(separator: ",").compactMap { Prefix(String($0)) },
      lastHandshake: handshake == 0 ? nil : Double(handshake), receivedBytes: received, sentBytes: sent,
      persistentKeepalive: UInt16(words[8]))
  }
}
