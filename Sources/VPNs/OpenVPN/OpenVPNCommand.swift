internal import Flows

/// Commands with which a person sees what was read; nil if a path is not safe to paste.
enum OpenVPNCommand {
  static func show(_ path: String, in tree: String) -> String? {
    let command: ShellCommand = "cat \(file(path, in: tree))"
    return command.text
  }

  /// The command that asks a management interface. It passes the password from its file to the interface without
  /// showing it.
  static func ask(_ management: OpenVPNManagement, in tree: String, networkNamespace: String?) -> String? {
    let question: ShellCommand = #"printf 'status 3\nquit\n'"#
    let words: ShellCommand =
      if let password = management.passwordFile {
        "{ head -n 1 \(file(password, in: tree)); \(question); }"
      } else {
        question
      }
    let command: ShellCommand
    switch management.address {
    case .unix(let path): command = "\(words) | nc -U \(file(path, in: tree))"
    case .tcp(let endpoint):
      let inside: ShellCommand = if let networkNamespace { "nsenter --net=\(networkNamespace) " } else { "" }
      command = "\(words) | \(inside)nc \(endpoint.address) \(endpoint.port)"
    }
    return command.text
  }

  /// The command that shows every file of a folder.
  static func showAll(_ path: String, in tree: String) -> String? {
    let command: ShellCommand = "grep -r . \(file(path, in: tree))"
    return command.text
  }

  /// The path by which others reach a process's file: `/proc/811/root/tmp/openvpn-status.log`.
  static func file(_ path: String, in tree: String) -> String {
    (tree.hasSuffix("/") ? String(tree.dropLast()) : tree) + "/" + path.drop { $0 == "/" }
  }
}
