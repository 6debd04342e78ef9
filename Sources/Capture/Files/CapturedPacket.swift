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
  /// The number of the interface in the file, from 0: sections begin to count anew, this does not.
  public var place: Int
  /// The number of the pcapng section in the file, from 0.
  public var section: Int
  /// What the packet's options say; nil if it has none that are known.
  public var remark: PacketRemark?

  public init(
    number: UInt64, time: Double?, link: LinkType, wireLength: Int, capturedLength: Int, interface: Int,
    place: Int? = nil, section: Int = 0, remark: PacketRemark? = nil
  ) {
    self.number = number
    self.time = time
    self.link = link
    self.wireLength = wireLength
    self.capturedLength = capturedLength
    self.interface = interface
    self.place = place ?? interface
    self.section = section
    self.remark = remark
  }
}

/// What the options of a pcapng packet block say of the packet (draft-ietf-opsawg-pcapng, section 4.3).
public struct PacketRemark: Hashable, Sendable {
  /// The pid of the process that it belongs to (`epb_processid_threadid`, option 8).
  public var pid: UInt32?
  /// Darwin: the number of the process's block in the section (options 0x8001 and 0x8003, of which the second is the
  /// process on whose behalf it was sent).
  public var block: UInt32?
  /// `opt_comment`; of several the first that is not empty.
  public var comment: String?
  /// Whether the capturing host sent it (`epb_flags`, bits 0 and 1); nil if the flags don't say.
  public var isOutgoing: Bool?

  public init(pid: UInt32? = nil, block: UInt32? = nil, comment: String? = nil, isOutgoing: Bool? = nil) {
    self.pid = pid
    self.block = block
    self.comment = comment
    self.isOutgoing = isOutgoing
  }
}
