internal import Flows

/// The forwardings in a command line of ssh(1): -L, -R, -D, -W, and the same as `-o LocalForward=…`.
enum SSHForwards {
  static func rules(_ arguments: [String]) -> [RelayRule] {
    // Letters with a value, from getopt's string in OpenSSH's ssh.c.
    let withValue = Set("BbcDEeFIiJLlmOoPpQRSWw")
    var rules: [RelayRule] = []
    var index = 0
    var hasDestination = false
    while index < arguments.count {
      let argument = arguments[index]
      index += 1
      guard argument.hasPrefix("-"), argument.count > 1 else {
        // Options may follow the destination; what follows those is the command.
        if hasDestination { break }
        hasDestination = true
        continue
      }
      if argument == "--" { break }
      guard let letter = argument.dropFirst().firstIndex(where: withValue.contains) else { continue }
      var value = String(argument[argument.index(after: letter)...])
      if value.isEmpty {
        guard index < arguments.count else { break }
        value = arguments[index]
        index += 1
      }
      if let rule = rule(argument[letter], value) { rules.append(rule) }
    }
    return rules
  }

  private static func rule(_ letter: Character, _ value: String) -> RelayRule? {
    switch letter {
    case "L": return forward(value).map { RelayRule(listen: $0, target: $1, connectsHere: false) }
    case "R":
      if let (listen, target) = forward(value) { return RelayRule(listen: listen, target: target, listensHere: false) }
      return endpoint(value, hostIsOptional: true).map { RelayRule(listen: $0, listensHere: false) }
    case "D": return endpoint(value, hostIsOptional: true).map { RelayRule(listen: $0, connectsHere: false) }
    case "W": return endpoint(value, hostIsOptional: false).map { RelayRule(target: $0, connectsHere: false) }
    case "o": return option(value)
    default: return nil
    }
  }

  /// Reads `LocalForward=8080 host:80`, `DynamicForward 1080` (ssh_config(5)).
  private static func option(_ value: String) -> RelayRule? {
    let words = value.split { $0 == " " || $0 == "=" || $0 == "\t" }.map(String.init)
    guard words.count > 1 else { return nil }
    let text = words[1...].joined(separator: ":")
    switch words[0].lowercased() {
    case "localforward": return rule("L", text)
    case "remoteforward": return rule("R", text)
    case "dynamicforward": return rule("D", text)
    default: return nil
    }
  }

  /// Reads `[bind_address:]port:host:hostport`, where either side may be the path of a UNIX socket.
  private static func forward(_ text: String) -> (listen: RelayEndpoint, target: RelayEndpoint)? {
    guard var parts = RelayEndpoint.parts(text) else { return nil }
    guard let target = takeTarget(&parts) else { return nil }
    if let first = parts.first, first.hasPrefix("/"), parts.count == 1 { return (RelayEndpoint(path: first), target) }
    guard (1...2).contains(parts.count), let port = parts.last.flatMap({ Port($0) }) else { return nil }
    return (RelayEndpoint(host: listening(parts.dropLast().first), port: port.number), target)
  }

  private static func takeTarget(_ parts: inout [String]) -> RelayEndpoint? {
    guard let last = parts.popLast() else { return nil }
    if last.hasPrefix("/") { return RelayEndpoint(path: last) }
    guard let port = Port(last), let host = parts.popLast(), !host.isEmpty, !parts.isEmpty else { return nil }
    return RelayEndpoint(host: host, port: port.number)
  }

  private static func endpoint(_ text: String, hostIsOptional: Bool) -> RelayEndpoint? {
    guard let parts = RelayEndpoint.parts(text), (hostIsOptional ? 1...2 : 2...2).contains(parts.count),
      let port = parts.last.flatMap({ Port($0) })
    else { return nil }
    let host = parts.dropLast().first
    return RelayEndpoint(host: hostIsOptional ? listening(host) : host, port: port.number)
  }

  /// The listening address. Without a bind address it is loopback (unless `GatewayPorts` says otherwise, which is not
  /// on this command line); empty and `*` are all addresses.
  private static func listening(_ host: String?) -> String? { host == "" || host == "*" ? nil : host ?? "localhost" }
}
