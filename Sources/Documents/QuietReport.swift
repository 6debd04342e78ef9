public import Flows

/// What is there on a host where nearly nothing moves: the answer to a trace without a target.
public struct QuietReport: Hashable, Sendable, Codable {
  /// The host's interfaces that were watched.
  public var watched: [String]
  /// The containers and other network namespaces that were watched as well.
  public var namespaces: [String]
  /// The host's interface with the most bytes since it exists, loopback apart; nil if none carried any, or if it is not known.
  public var busiest: InterfaceTotal?
  /// Sockets of the host that wait for connections or datagrams at addresses which others can reach, unless a firewall
  /// stands before them; nil if they could not be listed.
  public var listeners: [Listener]?
  /// Why `listeners` is nil, or may lack owners.
  public var reason: String?

  /// Bytes of an interface since it exists, as the kernel counts them.
  public struct InterfaceTotal: Hashable, Sendable, Codable {
    public var interface: String
    public var bytesIn: UInt64
    public var bytesOut: UInt64
    public init(interface: String, bytesIn: UInt64, bytesOut: UInt64) {
      self.interface = interface
      self.bytesIn = bytesIn
      self.bytesOut = bytesOut
    }
  }

  public struct Listener: Hashable, Sendable, Codable {
    public var transport: Transport
    public var endpoint: Endpoint
    public var process: Process?
    public init(transport: Transport, endpoint: Endpoint, process: Process?) {
      self.transport = transport
      self.endpoint = endpoint
      self.process = process
    }
  }

  public init(
    watched: [String], namespaces: [String], busiest: InterfaceTotal? = nil, listeners: [Listener]? = nil,
    reason: String? = nil
  ) {
    self.watched = watched
    self.namespaces = namespaces
    self.busiest = busiest
    self.listeners = listeners
    self.reason = reason
  }
}

extension QuietReport.InterfaceTotal {
  /// The busiest of the interfaces in the text of `/proc/net/dev`, loopback apart.
  public static func busiest(in text: String) -> QuietReport.InterfaceTotal? {
    var best: QuietReport.InterfaceTotal?
    for line in text.split(separator: "\n") {
      // `  eth0: 1234 ...`: received bytes first, sent bytes ninth.
      guard let colon = line.lastIndex(of: ":") else { continue }
      let name = line[..<colon].drop { $0 == " " }
      let numbers = line[line.index(after: colon)...].split(separator: " ").map { UInt64($0) }
      guard name != "lo", numbers.count >= 9, let received = numbers[0], let sent = numbers[8] else { continue }
      let total = received.addingReportingOverflow(sent)
      guard !total.overflow, total.partialValue > (best.map { $0.bytesIn + $0.bytesOut } ?? 0) else { continue }
      best = .init(interface: String(name), bytesIn: received, bytesOut: sent)
    }
    return best
  }
}
