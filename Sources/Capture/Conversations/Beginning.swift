public import Flows

/// Who opened a conversation, and what shows it; from the strongest reason to the weakest.
public enum Beginning: Hashable, Sendable {
  /// TCP's first packet or its answer was seen.
  case handshake
  /// One end sent what only a client, or only a server, sends: `it sent a TLS ClientHello`.
  case request(String)
  /// Only one end has the port of a service.
  case knownPort(UInt16)
  /// One end uses the same port with several others.
  case sharedPort(UInt16, others: Int)
  /// One end has the lower port.
  case lowerPort(UInt16)
  /// Both could have opened it: the ports are equal, or there are none.
  case unknown

  /// Whether it was seen and is not a conclusion.
  public var isSeen: Bool { self == .handshake }

  /// Why one end is assumed to be the initiator, if that was not seen; nil if it was.
  public var inference: String? { reason.map { "who began was not captured; \($0)" } }

  /// The reason, if it was not seen: `3129 is the port of a service`.
  public var reason: String? {
    switch self {
    case .handshake, .unknown: nil
    case .request(let what): what
    case .knownPort(let port): "\(port) is the port of a service"
    case .sharedPort(let port, let others): "\(others) conversations share the port \(port)"
    case .lowerPort: "the lower port is taken for the service"
    }
  }

  /// The end of a flow that is assumed to be the service by the ports alone, and the reason; nil if they show nothing.
  ///
  /// - Parameter others: how many conversations an end has.
  public static func inferred(
    _ flow: Flow, others: (Endpoint) -> Int
  ) -> (service: Endpoint, beginning: Beginning)? {
    let (source, destination) = (flow.source, flow.destination)
    guard flow.transport.hasPorts, source.port != destination.port else { return nil }
    let isService = (Self.isService(source.port), Self.isService(destination.port))
    let isClient = (Self.isClient(source.port), Self.isClient(destination.port))
    let counts = (others(source), others(destination))
    if isService.0 != isService.1, isService.0 ? isClient.1 : isClient.0 {
      let service = isService.0 ? source : destination
      return (service, .knownPort(service.port))
    }
    if flow.transport != .udp, counts.0 > 1 && counts.1 == 1 || counts.1 > 1 && counts.0 == 1 {
      let service = counts.0 > 1 ? source : destination
      return (service, .sharedPort(service.port, others: max(counts.0, counts.1)))
    }
    if isService.0 != isService.1 {
      let service = isService.0 ? source : destination
      return (service, .knownPort(service.port))
    }
    let service = source.port < destination.port ? source : destination
    return (service, .lowerPort(service.port))
  }

  public func isSurer(than other: Beginning) -> Bool { rank < other.rank }

  private var rank: Int {
    switch self {
    case .handshake: 0
    case .request: 1
    case .knownPort: 2
    case .sharedPort: 3
    case .lowerPort: 4
    case .unknown: 5
    }
  }

  /// Whether services have this port and clients don't get it by chance: ports below 1024, and well-known ones above.
  static func isService(_ port: UInt16) -> Bool { port > 0 && (port < 1024 || services.contains(port)) }

  private static let services: Set<UInt16> = [
    1080, 1194, 1433, 1521, 1723, 1812, 1813, 1883, 2049, 2181, 2375, 2376, 2377, 2379, 2380, 3000, 3128, 3260, 3306,
    3389, 3478, 4222, 4369, 4443, 5000, 5060, 5061, 5222, 5269, 5353, 5432, 5601, 5671, 5672, 5900, 5984, 5985, 6379,
    6443, 6667, 7001, 7946, 8000, 8006, 8008, 8080, 8081, 8086, 8088, 8123, 8125, 8200, 8300, 8301, 8388, 8443, 8500,
    8883, 8888, 9000, 9042, 9090, 9091, 9092, 9100, 9200, 9300, 9418, 9443, 10050, 10051, 10250, 11211, 15672, 19132,
    25565, 26257, 27017, 32400, 51820,
  ]

  /// Whether clients get this port on Linux (`net.ipv4.ip_local_port_range`) or on other systems (RFC 6335).
  static func isClient(_ port: UInt16) -> Bool { port >= 32_768 }
}
