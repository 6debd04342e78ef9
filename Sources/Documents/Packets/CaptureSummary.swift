/// How a capture went; part of the answer of `headwater capture`.
public struct CaptureSummary: Hashable, Sendable, Codable {
  /// The file that was written; nil without one.
  public var file: String?
  public var seconds: Double
  /// All packets of the target, and their bytes on the wire.
  public var packets: UInt64
  public var bytes: UInt64
  /// Of these the ones whose process is known.
  public var packetsWithProcess: UInt64
  /// Packets that came faster than they could be read, of all traffic at the places of capture, and their part of it.
  public var lost: UInt64
  public var lostShare: Double
  /// Where packets were captured.
  public var places: [String]
  /// Why it ended early; nil if it did not.
  public var failure: String?
  /// What could not be captured, and why.
  public var notes: [String]

  public init(
    file: String?, seconds: Double, packets: UInt64, bytes: UInt64, packetsWithProcess: UInt64, lost: UInt64,
    lostShare: Double, places: [String], failure: String?, notes: [String]
  ) {
    self.file = file
    self.seconds = seconds
    self.packets = packets
    self.bytes = bytes
    self.packetsWithProcess = packetsWithProcess
    self.lost = lost
    self.lostShare = lostShare
    self.places = places
    self.failure = failure
    self.notes = notes
  }
}
