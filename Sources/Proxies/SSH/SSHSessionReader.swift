public import Flows
public import LinuxSystem

/// Reads a session of sshd, which carries its client's forwardings. The listening daemon itself relays nothing.
public struct SSHSessionReader: CommandLineRelay {
  public let software = "sshd"
  public let kind = "SSH session"
  public let programs: ProgramNames = ["sshd", "sshd-session"]
  public let pairing = RelayPairing.multiplexed

  public init() {}

  public func rules(of process: Process) -> [RelayRule]? { Self.user(of: process) == nil ? nil : [] }

  /// The account in the title of a session: `sshd: root@pts/0`, `sshd: root [priv]`, `sshd-session: root@notty`.
  static func user(of process: Process) -> String? {
    let title = process.command?.first ?? ""
    guard let start = ["sshd: ", "sshd-session: "].first(where: title.hasPrefix) else { return nil }
    let rest = title.dropFirst(start.count)
    // The daemon: `sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups`.
    guard !rest.contains("[listener]"), !rest.hasPrefix("/") else { return nil }
    let user = rest.prefix { $0 != "@" && $0 != " " }
    return user.isEmpty ? nil : String(user)
  }
}
