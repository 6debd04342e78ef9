/// The files of one host in a bundle, each with its place.
struct HostFolder: Sendable {
  struct File: Sendable {
    var place: EvidencePlace
    /// The path within the bundle: `s750/containers/openvpn/conntrack.txt`.
    var path: String
    /// The path within the place: `conntrack.txt`; for a file below `files/`, its path on the host.
    var name: String
    /// Whether it is a copy of one of the host's files, below `files/`.
    var isCopy: Bool
    var file: EvidenceFile
  }

  /// The folder's name; empty if the bundle itself is the host's folder.
  var name: String
  var files: [File]

  /// Whether Headwater itself recorded the host's inventory.
  var isRecorded: Bool {
    files.contains {
      $0.place == .host && !$0.isCopy && ["host.json", "inventory.json", "interval.json"].contains($0.name)
    }
  }

  /// Folders that show that their parent is a host's folder.
  private static let marks: Set<Substring> = ["containers", "netns", "files"]

  /// A bundle's hosts. Its folder is a host's if it has files (other than a README) or the folders of a host. Otherwise
  /// its folders are searched, up to three levels deep.
  static func split(_ entries: [EvidenceFile]) -> [HostFolder] {
    split(entries.map { ($0.path[...], $0) }, prefix: "", depth: 0)
  }

  private static func split(_ entries: [(Substring, EvidenceFile)], prefix: String, depth: Int) -> [HostFolder] {
    let isFlat = entries.allSatisfy { !$0.0.contains("/") }
    let isHost = entries.contains { rest, _ in
      let parts = rest.split(separator: "/", maxSplits: 1)
      // A text beside folders of hosts describes them; alone it is the evidence, such as a post or an issue.
      if parts.count == 1 { return !isRemark(parts[0]) && (isFlat || !parts[0].lowercased().hasSuffix(".md")) }
      return marks.contains(parts[0])
    }
    if isHost || depth == 3 {
      return entries.isEmpty ? [] : [HostFolder(name: prefix, files: entries.compactMap { file($0.0, $0.1) })]
    }
    var order: [String] = []
    var children: [String: [(Substring, EvidenceFile)]] = [:]
    for (rest, entry) in entries {
      let parts = rest.split(separator: "/", maxSplits: 1)
      guard parts.count == 2 else { continue }
      let name = String(parts[0])
      if children[name] == nil { order.append(name) }
      children[name, default: []].append((parts[1], entry))
    }
    return order.flatMap { split(children[$0] ?? [], prefix: $0, depth: depth + 1) }
  }

  /// Whether the file is a note for people, which is not read.
  private static func isRemark(_ name: Substring) -> Bool {
    let lower = name.lowercased()
    return lower.hasPrefix("readme") || lower.hasPrefix("license")
  }

  private static func file(_ rest: Substring, _ entry: EvidenceFile) -> File? {
    var parts = rest.split(separator: "/")
    var place = EvidencePlace.host
    if parts.count > 2, parts[0] == "containers" {
      place = .container(String(parts[1]))
      parts.removeFirst(2)
    } else if parts.count > 2, parts[0] == "netns" {
      place = .named(String(parts[1]))
      parts.removeFirst(2)
    }
    guard let last = parts.last, !isRemark(last) else { return nil }
    let isCopy = parts.count > 1 && parts[0] == "files"
    let name = isCopy ? "/" + parts.dropFirst().joined(separator: "/") : parts.joined(separator: "/")
    return File(place: place, path: entry.path, name: name, isCopy: isCopy, file: entry)
  }
}
