package import Flows

/// What the title of a process of sshd says of the session that it serves.
package enum SSHSession {
  /// The account in the title of a session: `sshd: root@pts/0`, `sshd: root [priv]`, `sshd-session: root@notty`.
  package static func user(of process: Process) -> String? {
    let title = process.command?.first ?? ""
    guard let start = ["sshd: ", "sshd-session: "].first(where: title.hasPrefix) else { return nil }
    let rest = title.dropFirst(start.count)
    // The daemon: `sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups`.
    guard !rest.contains("[listener]"), !rest.hasPrefix("/") else { return nil }
    // Before the login: `sshd: [accepted]`, `sshd: root [net]`, `sshd: unknown [priv]`.
    guard !rest.hasPrefix("["), !rest.hasSuffix(" [net]"), !rest.hasPrefix("unknown [") else { return nil }
    let name = rest.prefix { $0 != " " }
    // The terminal follows the last sign: `alice@corp.example@pts/0`.
    let user = name.lastIndex(of: "@").map { name[..<$0] } ?? name
    return user.isEmpty ? nil : String(user)
  }
}
