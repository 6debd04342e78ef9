public import Flows

/// What two ends said to each other in a recording, both directions together.
public struct Conversation: Hashable, Sendable {
  /// From the initiator as far as it is known or can be inferred (see `beginning`); otherwise from the sender of the first
  /// packet.
  public var flow: Flow
  /// What shows who began.
  public var beginning: Beginning
  /// Network-layer bytes and packets; "out" is from `flow.source`. A packet that was captured on several interfaces counts once.
  public var traffic: Traffic
  /// Bytes of whole frames, as captures count them: on the wire, both directions.
  public var frameBytes: UInt64
  /// The number of the first packet in its file.
  public var firstPacket: UInt64
  /// Seconds since 1970, UTC; nil where the packets have no time.
  public var firstTime: Double?
  public var lastTime: Double?
  /// TCP's end was seen.
  public var isClosed: Bool
  /// The same connection behind a translation, where a packet of it was captured on both sides: as the responder sees it, with
  /// `flow` as the initiator sent it.
  public var translated: Translated?

  public struct Translated: Hashable, Sendable {
    public var flow: Flow
    /// The number of the first packet that was captured on both sides, before and behind.
    public var packet: UInt64
    public var twin: UInt64
    /// How many were.
    public var packets: UInt64
  }

  /// Turns it around: what was the initiator is the responder.
  mutating func reverse() {
    flow = flow.reversed
    traffic = traffic.reversed
  }
}
