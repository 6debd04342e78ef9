/// What one flow moved during an interval, with its owner: a row of every view.
public struct FlowTraffic: Hashable, Sendable, Codable {
  /// Which end of the flow the owner is, or that it only passes.
  public enum Role: String, Hashable, Sendable, Codable {
    case initiator, responder
    /// The owner is one end, but who began is not known.
    case peer
    /// Routed through the namespace; no socket here.
    case forwarded
    /// A socket's traffic that belongs to no single remote: handshakes of a listener, frames of a packet socket.
    case shared
  }

  /// Which of several hosts; nil for one host alone.
  public var host: String?
  public var namespace: Place
  /// `host`, `container NAME`, or the namespace's name.
  public var namespaceName: String
  public var role: Role
  /// From the owner's end (`source`) to the remote; for a forwarded flow from the initiator as far as it is known.
  public var flow: Flow
  /// For a forwarded flow that is translated here: as the responder sees it. `flow` is as the initiator sent it.
  public var translated: Flow?
  public var owner: Owner
  /// Network-layer bytes; "in" is toward the owner, or toward `flow.source` for a forwarded flow.
  public var traffic: Traffic
  /// Application bytes, where the kernel gives them.
  public var payloadIn: UInt64?
  public var payloadOut: UInt64?
  /// The interface that most of it passed in that namespace.
  public var interface: String?
  /// A forwarded flow's other interface.
  public var outInterface: String?
  /// Interfaces below those, by which its packets left and came wrapped, tagged or bridged; nil if there are none.
  public var below: [InterfacePlace]?
  /// True if who began is concluded from the direction of the bytes or from the ports.
  public var isRoleInferred: Bool?
  /// What the owner sent and no interface took; it is not among `traffic`.
  public var unsent: Traffic?
  /// True for a forwarded flow whose end is a socket of this host, so that the same traffic is a row of its own.
  public var endsHere: Bool
  /// True if the socket closed during the interval.
  public var closed: Bool
  /// The kernel's socket cookie, where it is known: tells flows with the same tuple apart.
  public var cookie: UInt64?
  /// Where it was read, if that is not the meter.
  public var evidence: [Evidence]?
  /// Why `role` and the direction are a conclusion, where nobody saw who began: `it sent a TLS ClientHello`; nil where it is
  /// known, or nothing was concluded (`peer`).
  public var inference: String?

  public init(
    namespace: Place, namespaceName: String, role: Role, flow: Flow, translated: Flow? = nil, owner: Owner,
    traffic: Traffic, payloadIn: UInt64? = nil, payloadOut: UInt64? = nil, interface: String? = nil,
    outInterface: String? = nil,
    endsHere: Bool = false, closed: Bool = false, cookie: UInt64? = nil
  ) {
    self.namespace = namespace
    self.namespaceName = namespaceName
    self.role = role
    self.flow = flow
    self.translated = translated
    self.owner = owner
    self.traffic = traffic
    self.payloadIn = payloadIn
    self.payloadOut = payloadOut
    self.interface = interface
    self.outInterface = outInterface
    self.endsHere = endsHere
    self.closed = closed
    self.cookie = cookie
  }

  /// The service's port: the responder's end, or the lower port where that is not known.
  public var servicePort: UInt16 {
    switch role {
    case .initiator, .forwarded: flow.destination.port
    case .responder: flow.source.port
    case .peer, .shared:
      flow.destination.port == 0 ? flow.source.port : min(flow.source.port, flow.destination.port)
    }
  }
}

/// An interface, and in which namespace it is.
public struct InterfacePlace: Hashable, Sendable, Codable {
  public var namespace: Place
  public var interface: String

  public init(_ interface: String, in namespace: Place) {
    self.interface = interface
    self.namespace = namespace
  }
}

/// Where one interface's bytes went: total = sockets + forwarded + children + nonIP + unknown, in each direction.
///
/// All figures are network-layer bytes and packets, counted in the unit that the interface itself counts packets in
/// (a segmentation-offload packet is one packet to a veth and many to a wire).
public struct LedgerEntry: Hashable, Sendable, Codable {
  /// Which of several hosts; nil for one host alone.
  public var host: String?
  public var namespace: Place
  public var namespaceName: String
  public var interface: String
  public var total: Traffic
  public var sockets: Traffic
  public var forwarded: Traffic
  /// Carried for another interface on top of this one: a bridge's port, a VLAN's parent, a tunnel's outer flow.
  public var children: Traffic
  public var nonIP: Traffic
  /// What is left.
  public var unknown: Traffic
  /// By how much the parts exceed the total; nil if they don't. Counters that are read a moment apart differ a little.
  public var excess: Traffic?
  /// Of `children`: the headers that tunnels above wrap their packets in.
  public var headers: Traffic?
  /// Of `sockets`: what the kernel sent and answered by itself, which no flow has; nil if there was none.
  public var kernel: Traffic?
  /// Why the rest is unknown or the parts exceed the total, largest first: `6.1 kB dropped: no socket (UDP)`.
  public var reasons: [String]
  /// What else happened at the interface: what was sent to it and never left.
  public var notes: [String]?

  public init(
    namespace: Place, namespaceName: String, interface: String, total: Traffic, sockets: Traffic = Traffic(),
    forwarded: Traffic = Traffic(), children: Traffic = Traffic(), nonIP: Traffic = Traffic(),
    unknown: Traffic = Traffic(), reasons: [String] = []
  ) {
    self.namespace = namespace
    self.namespaceName = namespaceName
    self.interface = interface
    self.total = total
    self.sockets = sockets
    self.forwarded = forwarded
    self.children = children
    self.nonIP = nonIP
    self.unknown = unknown
    self.reasons = reasons
  }

  /// `nonIp` is what `non_ip` is read as when keys come back from snake case.
  private enum CodingKeys: String, CodingKey {
    case host, namespace, namespaceName, interface, total, sockets, forwarded, children
    case nonIP = "nonIp"
    case unknown, excess, headers, kernel, reasons, notes
  }

  /// The explained part, 0 to 1; 1 for an idle interface. Parts that exceed the total explain it as little as parts that are
  /// missing.
  public var explained: Double {
    let (surplus, whole) = (excess?.bytes ?? 0, total.bytes &+ (excess?.bytes ?? 0))
    return whole == 0 ? 1 : 1 - Double(min(unknown.bytes &+ surplus, whole)) / Double(whole)
  }

  /// Whether so much is missing or too much that a person must know why.
  public var needsExplanation: Bool { explained < 0.97 && total.bytes &+ (excess?.bytes ?? 0) > 10_000 }
}

/// Everything that moved on a host during one interval.
public struct Interval: Sendable, Codable {
  public static let schema = "headwater.interval/1"

  public var schema = Interval.schema
  public var host: String
  /// RFC 3339, UTC.
  public var started: String
  /// The same in seconds since 1970 with its fraction, of the asking host's clock; nil where it is not known.
  public var began: Double?
  public var seconds: Double
  /// `ebpf` or `sockets`.
  public var meter: String
  public var flows: [FlowTraffic]
  public var ledger: [LedgerEntry]
  /// Which of the flows of relays belong together, as far as their threads showed it; empty unless that was watched.
  public var relayed: [RelayLink]?
  /// What flows that began within the interval asked for by name; nil unless that was watched.
  public var names: [FlowName]?
  /// DNS answers that arrived within the interval; nil unless that was watched.
  public var answers: [NameAnswer]?
  /// Of several hosts: each one's part, in the order of `Place.host`, then those that were never reached.
  public var hosts: [HostInterval]?
  /// Of several hosts: who talks to whom.
  public var talks: HostTalks?
  /// True if rights were missing to see whose traffic it is.
  public var isDenied: Bool?
  /// What could not be seen, and why; empty if all is well.
  public var notes: [String]

  public init(
    host: String, started: String, began: Double? = nil, seconds: Double, meter: String, flows: [FlowTraffic],
    ledger: [LedgerEntry], notes: [String]
  ) {
    self.host = host
    self.started = started
    self.began = began
    self.seconds = seconds
    self.meter = meter
    self.flows = flows
    self.ledger = ledger
    self.notes = notes
  }
}
