/// Commands with which a person sees what was read, as they can be typed into a shell.
enum OpenVPNCommand {
  static func show(_ path: String, in tree: String) -> String { "cat \(quoted(file(path, in: tree)))" }

  /// Asks a management interface. The password goes from its file to the interface and is not shown.
  static func ask(_ management: OpenVPNManagement, in tree: String, networkNamespace: String?) -> String {
    let question = #"printf 'status 3\nquit\n'"#
    let words = management.passwordFile.map { "{ head -n 1 \(quoted(file($0, in: tree))); \(question); }" } ?? question
    switch management.address {
    case .unix(let path): return "\(words) | nc -U \(quoted(file(path, in: tree)))"
    case .tcp(let endpoint):
      let inside = networkNamespace.map { "nsenter --net=\(quoted($0)) " } ?? ""
      return "\(words) | \(inside)nc \(endpoint.address) \(endpoint.port)"
    }
  }

  /// A path of a process as others reach it: `/proc/811/root/tmp/openvpn-status.log`.
  static func file(_ path: String, in tree: String) -> String {
    (tree.hasSuffix("/") ? String(tree.dropLast()) : tree) + "/" + path.drop { $0 == "/" }
  }

  /// One word of a shell: plain if nothing in it means anything there, else within apostrophes.
  static func quoted(_ word: String) -> String {
    let isPlain = word.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        || "/._-:@%+=,".utf8.contains(byte)
    }
    if isPlain, !word.isEmpty { return word }
    return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
  }
}
