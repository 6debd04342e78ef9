/// What a capture file says of a packet, beside its bytes.
public struct CapturedPacket: Hashable, Sendable {
  /// Counted from 1, as Wireshark and tshark number frames.
  public var number: UInt64
  /// Seconds since 1970, UTC; nil where the file has none (pcapng's simple packet blocks).
  public var time: Double?
  public var link: LinkType
  /// How long it was on the wire, as the file says; a damaged file may say anything.
  public var wireLength: Int
  /// How much of it the file has.
  public var capturedLength: Int
  /// Which of a pcapng section's interfaces, from 0.
  public var interface: Int

  public init(
    number: UInt64, time: Double?, link: LinkType, wireLength: Int, capturedLength: Int, interface: Int
  ) {
    self.number = number
    self.time = time
    self.link = link
    self.wireLength = wireLength
    self.capturedLength = capturedLength
    self.interface = interface
  }
}
