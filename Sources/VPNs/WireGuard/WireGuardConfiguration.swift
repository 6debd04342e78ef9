public import Flows

/// Finds the names of peers in the comments of a `wg-quick` or `wg` configuration (wg-quick(8), wg(8)).
///
/// WireGuard itself has no names; people and scripts write them beside a `[Peer]`: `### Client NAME`
/// (wireguard-install), `# BEGIN_PEER NAME` (Nyr), `### begin NAME ###` (PiVPN), `# Client: NAME (id)` (wg-easy),
/// `# Name: NAME` (wireguard-ui), `# friendly_name = NAME` (the Prometheus exporter), or just `# NAME`. Only the values
/// of `PublicKey` are read.
public enum WireGuardConfiguration {
  /// The longest accepted name, in characters.
  static let nameLimit = 128

  /// The names of the peers, by public key; peers without a name are missing.
  public static func names(in content: [UInt8]) -> [WireGuardPublicKey: String] {
    var names: [WireGuardPublicKey: String] = [:]
    var section = Section.other
    /// The comments since the last line that was no comment. They belong to the section that follows.
    var above: [Remark] = []
    var rest = content[...]
    while !rest.isEmpty {
      let line = rest.prefix { $0 != UInt8(ascii: "\n") }
      rest = rest[line.endIndex...].dropFirst()
      let hash = line.firstIndex(of: UInt8(ascii: "#"))
      let code = line[..<(hash ?? line.endIndex)].trimmed
      let remark = hash.flatMap { Remark(line[$0...]) }
      if code.isEmpty {
        // Far too many comments to be about a peer.
        if hash == nil || above.count > 64 { above = [] } else if let remark { above.append(remark) }
        continue
      }
      if code.first == UInt8(ascii: "[") {
        section.finish(&names)
        section = code.lowercasedText == "[peer]" ? .peer(above: above, inside: [], key: nil) : .other
        above = []
      }
      section.add(above + (remark.map { [$0] } ?? []), code: code)
      above = []
    }
    section.finish(&names)
    return names
  }

  private enum Section {
    case other
    case peer(above: [Remark], inside: [Remark], key: WireGuardPublicKey?)

    mutating func add(_ remarks: [Remark], code: ArraySlice<UInt8>) {
      guard case .peer(let above, var inside, var key) = self else { return }
      inside += remarks
      if key == nil, let equals = code.firstIndex(of: UInt8(ascii: "=")),
        code[..<equals].trimmed.lowercasedText == "publickey"
      {
        key = WireGuardPublicKey(base64: code[(equals + 1)...].trimmed)
      }
      self = .peer(above: above, inside: inside, key: key)
    }

    /// Chooses a peer's name. A comment that says it is a name takes precedence over one that may be; a comment inside
    /// the section takes precedence over the nearest one above it.
    func finish(_ names: inout [WireGuardPublicKey: String]) {
      guard case .peer(let above, let inside, let key) = self, let key else { return }
      let remarks = inside + above.reversed()
      if let remark = remarks.first(where: \.isExplicit) ?? remarks.first { names[key] = remark.name }
    }
  }
}

extension ArraySlice<UInt8> {
  /// The bytes without blanks at both ends.
  var trimmed: ArraySlice<UInt8> {
    let isBlank = { (byte: UInt8) in byte == 32 || byte == 9 || byte == 13 }
    var slice = drop(while: isBlank)
    while let last = slice.last, isBlank(last) { slice.removeLast() }
    return slice
  }

  /// The text in lower case, for short keywords only; nil for longer text, which is not copied.
  var lowercasedText: String? { count <= 32 ? String(decoding: self, as: UTF8.self).lowercased() : nil }
}
