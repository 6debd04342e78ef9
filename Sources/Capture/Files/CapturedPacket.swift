/// What a capture file says about a packet, besides its bytes.
public struct CapturedPacket: Hashable, Sendable {
  /// The packet's number from 1, as Wireshark and tshark number frames.
  public var number: UInt64
  /// Seconds since 1970, UTC; nil if the file has none (pcapng's simple packet blocks).
  public var time: Double?
  public var link: LinkType
  /// The length on the wire according to the file; in a corrupt file it may be any number.
  public var wireLength: Int
  /// How many bytes of it are in the file.
  public var capturedLength: Int
  /// The number of the interface in the pcapng section, from 0.
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
