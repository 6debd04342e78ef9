internal import Flows

extension RelaySoftware {
  /// `docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 8080 -container-ip 172.17.0.2 -container-port 80`
  /// (moby, cmd/docker-proxy; Go's flags may also be written `--name=value`).
  static func dockerProxy(_ arguments: [String]) -> Rule? {
    var values: [Substring: String] = [:]
    var index = 0
    while index < arguments.count {
      let name = arguments[index].drop { $0 == "-" }
      guard name.count < arguments[index].count else { break }
      if let equals = name.firstIndex(of: "=") {
        values[name[..<equals]] = String(name[name.index(after: equals)...])
      } else if ["proto", "host-ip", "host-port", "container-ip", "container-port"].contains(name) {
        index += 1
        if index < arguments.count { values[name] = arguments[index] }
      }
      index += 1
    }
    guard let transport = Transport(values["proto"] ?? "tcp"), let port = values["host-port"].flatMap({ Port($0) }),
      let target = values["container-port"].flatMap({ Port($0) })
    else { return nil }
    return Rule(
      listen: RelayEndpoint(transport, host: values["host-ip"], port: port.number),
      target: RelayEndpoint(transport, host: values["container-ip"], port: target.number))
  }

  /// `systemd-socket-proxyd [OPTIONS] HOST:PORT` or a UNIX socket's path; it listens where its socket unit says.
  static func socketProxy(_ arguments: [String]) -> Rule? {
    guard let last = arguments.last, !last.hasPrefix("-") else { return nil }
    if last.hasPrefix("/") || last.hasPrefix("@") { return Rule(target: RelayEndpoint(path: last)) }
    guard let parts = RelayEndpoint.parts(last), parts.count == 2, let port = Port(parts[1]) else { return nil }
    return Rule(target: RelayEndpoint(host: parts[0], port: port.number))
  }

  /// The account in the title of a session: `sshd: root@pts/0`, `sshd: root [priv]`, `sshd-session: root@notty`.
  static func sessionUser(_ title: String) -> String? {
    guard let start = ["sshd: ", "sshd-session: "].first(where: title.hasPrefix) else { return nil }
    let rest = title.dropFirst(start.count)
    // The daemon: `sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups`.
    guard !rest.contains("[listener]"), !rest.hasPrefix("/") else { return nil }
    let user = rest.prefix { $0 != "@" && $0 != " " }
    return user.isEmpty ? nil : String(user)
  }
}
