public import Flows
public import LinuxSystem

/// Reads `socat [options] ADDRESS ADDRESS` (socat(1)).
public struct SocatReader: CommandLineRelay {
  public let software = "socat"
  public let kind = "TCP proxy"
  public let programs: ProgramNames = ["socat"]
  public let pairing = RelayPairing.oneToOne

  public init() {}

  public func rules(of process: Process) -> [RelayRule]? {
    guard let command = process.command else { return [] }
    return Self.rule(Array(command.dropFirst())).map { [$0] }
  }

  /// The listening and the connecting address; nil if neither is a network socket.
  private static func rule(_ arguments: [String]) -> RelayRule? {
    // The two addresses come last; options may have values.
    let addresses = arguments.suffix(2).compactMap(SocatAddress.init)
    guard addresses.count == 2 else { return nil }
    let listen = addresses.first { $0.listens }?.endpoint
    let target = addresses.first { !$0.listens && $0.endpoint != nil }?.endpoint
    guard (listen ?? target) != nil, listen?.port != nil || target?.port != nil else { return nil }
    return RelayRule(listen: listen, target: target)
  }
}

/// One of socat's addresses: `TCP4-LISTEN:8080,bind=127.0.0.1,fork`, `TCP:host:80`, `-`.
private struct SocatAddress {
  var listens = false
  var endpoint: RelayEndpoint?

  init?(_ text: String) {
    guard !text.isEmpty else { return nil }
    // `A!!B`: two one-way addresses; data is written to B.
    let whole = text.range("!!").map { text[$0...].dropFirst(2) } ?? text[...]
    let fields = whole.split(separator: ",")
    let parts = fields.first.flatMap { RelayEndpoint.parts($0) } ?? []
    let keyword = (parts.first ?? "").uppercased()
    let family = keyword.prefix { $0 != "-" }
    let verb = keyword.dropFirst(family.count + 1)
    let bind = fields.dropFirst().first { $0.lowercased().hasPrefix("bind=") }?.dropFirst(5)

    guard let transport = Self.transports[String(family)] else {
      if ["UNIX", "ABSTRACT"].contains(family), parts.count > 1 {
        listens = ["LISTEN", "L", "RECVFROM", "RECV"].contains(verb)
        endpoint = RelayEndpoint(path: (family == "ABSTRACT" ? "@" : "") + parts[1])
      } else if family.hasPrefix("SOCKS") || family == "PROXY", parts.count == 4 {
        // Through another proxy, which is where the connection goes.
        let option = family == "PROXY" ? "proxyport=" : "socksport="
        let port = fields.dropFirst().first { $0.lowercased().hasPrefix(option) }?.dropFirst(option.count)
        let usual: UInt16 = family == "PROXY" ? 8080 : 1080
        endpoint = RelayEndpoint(host: parts[1], port: port.map { Port($0)?.number } ?? usual)
      }
      return
    }
    if ["LISTEN", "L", "RECVFROM", "RECV"].contains(verb), parts.count > 1 {
      listens = true
      let host = bind.flatMap { RelayEndpoint.parts($0)?.first }
      endpoint = RelayEndpoint(transport, host: host, port: Port(parts[1])?.number)
    } else if ["", "CONNECT", "SENDTO", "DATAGRAM"].contains(verb), parts.count > 2 {
      endpoint = RelayEndpoint(transport, host: parts[1], port: Port(parts[2])?.number)
    }
  }

  private static let transports: [String: Transport] = [
    "TCP": .tcp, "TCP4": .tcp, "TCP6": .tcp, "INET": .tcp, "INET4": .tcp, "INET6": .tcp, "SSL": .tcp, "OPENSSL": .tcp,
    "UDP": .udp, "UDP4": .udp, "UDP6": .udp, "SCTP": .sctp, "SCTP4": .sctp, "SCTP6": .sctp,
  ]
}

extension String {
  /// The position of the first occurrence of `text`.
  fileprivate func range(_ text: String) -> Index? {
    indices.first { self[$0...].hasPrefix(text) }
  }
}
