public import Capture
internal import Flows

/// Gives packets numbers, the same to one that is captured at several places, also if a translation changed its addresses.
/// Memory is constant: a packet is compared with the latest ones.
public struct PacketIdentities: Sendable {
  private struct Entry {
    var content: UInt64 = 0
    var identity: UInt64 = 0
    var time: UInt64 = 0
    /// The places that had it; there are few.
    var places: [UInt32] = []
  }

  private static let count = 1 << 14
  /// The longest time in nanoseconds that a packet needs to pass the places.
  private static let passage: UInt64 = 1_000_000_000
  private var entries = [Entry](repeating: Entry(), count: Self.count)
  private var latest: UInt64 = 0

  public init() {}

  /// The packet's number, and whether another place had it before.
  ///
  /// - Parameters:
  ///   - place: where it is captured.
  ///   - isWhole: whether all of the frame is there.
  ///   - time: nanoseconds since 1970.
  public mutating func take(
    _ layer: PacketLayer?, _ frame: RawSpan, isWhole: Bool, at place: Int, time: UInt64
  ) -> (number: UInt64, isCopy: Bool) {
    guard let layer else { return (next(), false) }
    let content = PacketEchoes.content(layer, frame, isWhole: isWhole)
    guard content != 0 else { return (next(), false) }
    let slot = Int(truncatingIfNeeded: content >> 40) & (Self.count - 1)
    let place = UInt32(truncatingIfNeeded: place)
    let age = time > entries[slot].time ? time - entries[slot].time : entries[slot].time - time
    // The same place again: it was sent again.
    if entries[slot].content == content, age <= Self.passage, !entries[slot].places.contains(place) {
      entries[slot].places.append(place)
      return (entries[slot].identity, true)
    }
    let number = next()
    entries[slot] = Entry(content: content, identity: number, time: time, places: [place])
    return (number, false)
  }

  private mutating func next() -> UInt64 {
    latest += 1
    return latest
  }
}
