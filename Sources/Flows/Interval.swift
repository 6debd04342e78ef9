/// The bytes of one flow during an interval, with the flow's owner: a row of every view.
public struct FlowTraffic: Hashable, Sendable, Codable {
  /// Which end of the flow the owner is, or whether the flow only passes here.
  public enum Role: String, Hashable, Sendable, Codable {
    case initiator, responder
    /// The owner is one end; which end opened the flow is not known.
    case peer
    /// Routed through the namespace; no socket of it is here.
    case forwarded
    /// Traffic of a socket that belongs to no single remote: handshakes of a listener, frames of a packet socket.
    case shared
  }

  /// The host that counted the row, if several hosts were asked; nil otherwise.
  public var host: String?
  public var namespace: Place
  /// `host`, `container NAME`, or the namespace's name.
  public var namespaceName: String
  public var role: Role
  /// From the owner's endpoint (`source`) to the remote; a forwarded flow runs from the initiator if that is known.
  public var flow: Flow
  /// For a flow that NAT translates here: the flow as the responder sees it. `flow` is the flow as the initiator sent it.
  /// Meters give it for forwarded flows only; for a socket's flow it is looked up where it matters.
  public var translated: Flow?
  /// For the second half of a flow that a program translates between IPv6 and IPv4 (NAT64): the tuple of the first half, from
  /// the initiator; it passed here as well.
  public var before: Flow?
  public var owner: Owner
  /// Network-layer bytes and packets. "In" is toward the owner; for a forwarded flow toward `flow.source`.
  public var traffic: Traffic
  /// Application bytes; nil if the kernel does not report them.
  public var payloadIn: UInt64?
  public var payloadOut: UInt64?
  /// The interface in that namespace that most of the traffic passed.
  public var interface: String?
  /// The other interface of a forwarded flow.
  public var outInterface: String?
  /// The interface by which a socket's packets come in, if they leave by another one (`interface`).
  public var inInterface: String?
  /// Further interfaces that the packets passed: below those two (encapsulated, tagged or bridged), or on another way through
  /// the same namespace (two bridges with a cable between them). Nil if there are none.
  public var below: [InterfacePlace]?
  /// True if the initiator is concluded from the direction of the bytes or from the ports.
  public var isRoleInferred: Bool?
  /// What the owner sent, or what came to be passed on, but no interface transmitted; not part of `traffic`.
  public var unsent: Traffic?
  /// True for a forwarded flow that ends in a socket of this host, so that another row has the same traffic.
  public var endsHere: Bool
  /// True if the socket closed during the interval.
  public var closed: Bool
  /// The kernel's socket cookie, if it is known. It distinguishes flows with the same tuple.
  public var cookie: UInt64?
  /// Where the row was read, if the meter is not the source.
  public var evidence: [Evidence]?
  /// Why `role` and the direction are a conclusion, if the opening of the flow was not seen:
  /// `it sent a TLS ClientHello`. Nil if the initiator is known, or if nothing could be concluded (`peer`).
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

  /// The row with what passed `interface` alone: of a socket whose packets come and leave by different interfaces, one direction.
  public func passing(_ interface: String) -> FlowTraffic {
    guard let inInterface, inInterface != self.interface else { return self }
    var part = self
    if interface == inInterface {
      (part.traffic.bytesOut, part.traffic.packetsOut, part.payloadOut) = (0, 0, payloadOut.map { _ in 0 })
    } else if interface == self.interface {
      (part.traffic.bytesIn, part.traffic.packetsIn, part.payloadIn) = (0, 0, payloadIn.map { _ in 0 })
    }
    return part
  }

  /// The service's port: that of the responder, or the lower port if the responder is not known.
  public var servicePort: UInt16 {
    switch role {
    case .initiator, .forwarded: flow.destination.port
    case .responder: flow.source.port
    case .peer, .shared:
      flow.destination.port == 0 ? flow.source.port : min(flow.source.port, flow.destination.port)
    }
  }
}

/// An interface and its network namespace.
public struct InterfacePlace: Hashable, Sendable, Codable {
  public var namespace: Place
  public var interface: String

  public init(_ interface: String, in namespace: Place) {
    self.interface = interface
    self.namespace = namespace
  }
}

/// The account of one interface: total = sockets + forwarded + children + nonIP + unknown, in each direction.
///
/// All figures are network-layer bytes and packets. Packets are counted as the interface itself counts them: a
/// segmentation-offload packet is one packet to a veth and many to a physical interface.
public struct LedgerEntry: Hashable, Sendable, Codable {
  /// The host of the interface, if several hosts were asked; nil otherwise.
  public var host: String?
  public var namespace: Place
  public var namespaceName: String
  public var interface: String
  public var total: Traffic
  public var sockets: Traffic
  public var forwarded: Traffic
  /// Traffic carried for an interface on top of this one: a bridge (this is its port), a VLAN (this is its parent), a
  /// tunnel (its outer flow).
  public var children: Traffic
  public var nonIP: Traffic
  /// The part of the total that is not explained.
  public var unknown: Traffic
  /// By how much the parts exceed the total; nil if they don't. Counters that are read at slightly different moments
  /// differ a little.
  public var excess: Traffic?
  /// The part of `children` that is headers added by tunnels above.
  public var headers: Traffic?
  /// The part of `unknown` that the kernel received and dropped, so that no socket has it; nil if there was none.
  public var dropped: Traffic?
  /// The part of `sockets` that the kernel sent or answered by itself and that belongs to no flow; nil if there was
  /// none.
  public var kernel: Traffic?
  /// Why a part is unknown or the parts exceed the total, largest first: `6.1 kB dropped: no socket (UDP)`.
  public var reasons: [String]
  /// Other events at the interface, such as packets that were sent to it and never left.
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

  /// The decoder turns the key `non_ip` into `nonIp`.
  private enum CodingKeys: String, CodingKey {
    case host, namespace, namespaceName, interface, total, sockets, forwarded, children
    case nonIP = "nonIp"
    case unknown, excess, headers, dropped, kernel, reasons, notes
  }

  /// The explained part of the total, 0 to 1; 1 for an idle interface. Parts that exceed the total lower it as much as
  /// missing parts.
  public var explained: Double {
    let (surplus, whole) = (excess?.bytes ?? 0, total.bytes &+ (excess?.bytes ?? 0))
    return whole == 0 ? 1 : 1 - Double(min(unknown.bytes &+ surplus, whole)) / Double(whole)
  }

  /// Whether so much is missing, or too much, that the reasons must be shown.
  public var needsExplanation: Bool { explained < 0.97 && total.bytes &+ (excess?.bytes ?? 0) > 10_000 }
}

/// Everything that moved on a host during one window: a row per flow, and the ledger.
public struct Interval: Sendable, Codable {
  public static let schema = "headwater.interval/1"

  public var schema = Interval.schema
  public var host: String
  /// The start of the window: RFC 3339, UTC.
  public var started: String
  /// The same in seconds since 1970, with fractions, by the clock of the host that asked; nil if it is not known.
  public var began: Double?
  public var seconds: Double
  /// Which meter counted: `ebpf`, `sockets`, or `recorded outputs` if nothing was counted and other programs' outputs tell.
  public var meter: String
  public var flows: [FlowTraffic]
  public var ledger: [LedgerEntry]
  /// Pairs of relays' flows, as the relays' threads showed them; empty unless threads were watched.
  public var relayed: [RelayLink]?
  /// The names that flows of this interval asked for; nil unless names were watched.
  public var names: [FlowName]?
  /// DNS answers that arrived in this interval; nil unless names were watched.
  public var answers: [NameAnswer]?
  /// Each host's part, in the order of `Place.host`, then the hosts that were never reached; nil for a single host.
  public var hosts: [HostInterval]?
  /// Which hosts exchanged how much; nil for a single host.
  public var talks: HostTalks?
  /// True if privileges were missing to see the owners of the traffic.
  public var isDenied: Bool?
  /// Why bytes are estimates although an exact meter was wanted; nil if none was, or if it counted.
  public var estimated: [String]?
  /// What could not be seen, and why; empty if nothing is missing.
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

  /// Hosts that counted for a shorter time than others, so that bytes over `seconds` say too little of them; one sentence each.
  public var shorterWindows: [String] {
    (hosts ?? []).compactMap { part in
      guard let own = part.seconds, own < 0.9 * seconds else { return nil }
      return "\(part.host) counted \(Self.decimal(own)) s of \(Self.decimal(seconds)) s: "
        + "its rates and shares are too low by that"
    }
  }

  /// One decimal: `1.0`.
  private static func decimal(_ seconds: Double) -> String {
    let tenths = Int64(max(0, min(seconds, 1e9)) * 10 + 0.5)
    return "\(tenths / 10).\(tenths % 10)"
  }

  /// The word for "other programs' outputs tell" in `meter`.
  public static let pasted = "recorded outputs"
  /// Whether nothing was counted, so that what is not shown may have been there all the same.
  public var isPasted: Bool { meter == Self.pasted }
}
