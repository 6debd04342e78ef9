public import Flows

/// The traffic between two ends in a recording, both directions together.
public struct Conversation: Hashable, Sendable {
  /// From the initiator as far as it is known or inferred (see `beginning`); otherwise from the sender of the first
  /// packet.
  public var flow: Flow
  /// What shows the initiator.
  public var beginning: Beginning
  /// Network-layer bytes and packets; "out" is from `flow.source`. A packet that was captured on several interfaces
  /// counts once.
  public var traffic: Traffic
  /// Bytes of whole frames on the wire, as captures count them, both directions.
  public var frameBytes: UInt64
  /// The number of the first packet in its file.
  public var firstPacket: UInt64
  /// Seconds since 1970, UTC; nil if the packets have no time.
  public var firstTime: Double?
  public var lastTime: Double?
  /// Whether the end of the TCP connection was seen.
  public var isClosed: Bool
  /// The same connection behind a translation, if a packet was captured on both sides: as the responder sees it, while
  /// `flow` is as the initiator sent it.
  public var translated: Translated?

  public struct Translated: Hashable, Sendable {
    public var flow: Flow
    /// The number of the first packet that was captured on both sides, before and after the translation.
    public var packet: UInt64
    public var twin: UInt64
    /// How many packets were captured on both sides.
    public var packets: UInt64
  }

  /// Exchanges initiator and responder.
  mutating func reverse() {
    flow = flow.reversed
    traffic = traffic.reversed
  }
}
