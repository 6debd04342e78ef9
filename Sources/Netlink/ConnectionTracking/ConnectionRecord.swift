public import Flows

/// One entry of the connection tracking table.
public struct ConnectionRecord: Sendable, Hashable {
  /// The packets and network-layer bytes (from the IP header on) of one direction.
  public struct Counters: Sendable, Hashable {
    public let packets: UInt64
    public let bytes: UInt64
    public init(packets: UInt64, bytes: UInt64) {
      self.packets = packets
      self.bytes = bytes
    }
  }

  /// The flow as the initiator's packets arrive, before any translation. For ICMP both ports are the echo identifier.
  public let original: Flow
  /// The flow as the answers arrive: its source is the address after destination NAT, its destination the one after
  /// source NAT.
  public let reply: Flow
  public let status: ConnectionStatus
  public let zone: UInt16
  /// The zones in which it is looked up: those of its directions may differ.
  let zones: Set<UInt16>
  public let mark: UInt32
  /// The counters of each direction; nil unless `nf_conntrack_acct` was on when the connection began.
  public let originalTraffic: Counters?
  public let replyTraffic: Counters?
  /// Seconds until the entry expires if nothing more arrives; nil for one that is already dying.
  public let timeout: UInt32?
  /// The TCP state; nil for other protocols.
  public let tcpState: ConnectionTCPState?
  /// A number that distinguishes the entry from a later one of the same tuple.
  public let id: UInt32?
  /// Nanoseconds since the epoch; nil unless `nf_conntrack_timestamp` is on.
  public let started: UInt64?

  /// Whether an address or a port is changed on the way.
  public var isTranslated: Bool { reply != original.reversed }

  /// The original direction after the translation: the initiator's packets as they leave.
  public var translatedOnTheWire: Flow { reply.reversed }

  /// The tuple of `flow` on the other side of the translation, in the same direction; nil if `flow` is none of this
  /// entry's four tuples.
  public func counterpart(of flow: Flow) -> Flow? {
    switch flow {
    case original: reply.reversed
    case reply.reversed: original
    case reply: original.reversed
    case original.reversed: reply
    default: nil
    }
  }
}

extension ConnectionRecord {
  /// Reads the payload of an IPCTNL_MSG_CT_NEW message.
  package init(parsing payload: RawSpan) throws(MalformedMessage) {
    var tuples: (original: TrackedTuple?, reply: TrackedTuple?)
    var status = ConnectionStatus()
    var zone: UInt16?
    var mark: UInt32 = 0
    var counters: (original: Counters?, reply: Counters?)
    var timeout: UInt32?
    var tcpState: ConnectionTCPState?
    var id: UInt32?
    var started: UInt64?
    guard payload.byteCount >= NFGENMSG_LENGTH else { throw MalformedMessage("connection without a family") }
    try payload.forEachAttribute(after: NFGENMSG_LENGTH) { (type, value) throws(MalformedMessage) in
      switch type {
      case CTA_TUPLE_ORIG: tuples.original = try TrackedTuple(parsing: value)
      case CTA_TUPLE_REPLY: tuples.reply = try TrackedTuple(parsing: value)
      case CTA_STATUS: status = ConnectionStatus(rawValue: value.bigEndian(at: 0) ?? 0)
      case CTA_ZONE: zone = value.bigEndian(at: 0)
      case CTA_MARK: mark = value.bigEndian(at: 0) ?? 0
      case CTA_TIMEOUT: timeout = value.bigEndian(at: 0)
      case CTA_ID: id = value.bigEndian(at: 0)
      case CTA_COUNTERS_ORIG: counters.original = try Counters(parsing: value)
      case CTA_COUNTERS_REPLY: counters.reply = try Counters(parsing: value)
      case CTA_PROTOINFO: tcpState = try Self.tcpState(in: value)
      case CTA_TIMESTAMP:
        try value.forEachAttribute { (type, value) throws(MalformedMessage) in
          if type == CTA_TIMESTAMP_START { started = value.bigEndian(at: 0) }
        }
      default: break
      }
    }
    guard let original = tuples.original, let reply = tuples.reply else {
      throw MalformedMessage("connection without its tuples")
    }
    self.original = original.flow
    self.reply = reply.flow
    self.status = status
    self.zone = zone ?? original.zone ?? reply.zone ?? 0
    zones = Set([zone, original.zone, reply.zone].compactMap(\.self))
    self.mark = mark
    originalTraffic = counters.original
    replyTraffic = counters.reply
    self.timeout = timeout
    self.tcpState = tcpState
    self.id = id
    self.started = started
  }

  private static func tcpState(in payload: RawSpan) throws(MalformedMessage) -> ConnectionTCPState? {
    var state: ConnectionTCPState?
    try payload.forEachAttribute { (type, value) throws(MalformedMessage) in
      guard type == CTA_PROTOINFO_TCP else { return }
      try value.forEachAttribute { (type, value) throws(MalformedMessage) in
        if type == CTA_PROTOINFO_TCP_STATE { state = value.integer(at: 0).map(ConnectionTCPState.init(rawValue:)) }
      }
    }
    return state
  }
}

extension ConnectionRecord.Counters {
  fileprivate init?(parsing payload: RawSpan) throws(MalformedMessage) {
    var packets: UInt64?
    var bytes: UInt64?
    try payload.forEachAttribute { (type, value) throws(MalformedMessage) in
      switch type {
      case CTA_COUNTERS_PACKETS: packets = value.bigEndian(at: 0)
      case CTA_COUNTERS_BYTES: bytes = value.bigEndian(at: 0)
      default: break
      }
    }
    guard let packets, let bytes else { return nil }
    self.init(packets: packets, bytes: bytes)
  }
}
