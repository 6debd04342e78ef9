internal import Flows

/// Compares an interface's parts with its own count, and reports what does not add up.
enum LedgerCheck {
  /// The share of the total that may be missing or too much without a note, because counters are read at slightly
  /// different moments.
  static let tolerance = 0.03

  static func reasons(_ entry: LedgerEntry) -> [String] {
    var result: [String] = []
    let total = entry.total
    for (direction, all, unknown, excess) in [
      ("received", total.bytesIn, entry.unknown.bytesIn, entry.excess?.bytesIn ?? 0),
      ("sent", total.bytesOut, entry.unknown.bytesOut, entry.excess?.bytesOut ?? 0),
    ] {
      if isTooMuch(unknown, of: all) {
        result.append(
          "\(unknown) of \(all) bytes \(direction) belong to no socket, no forwarded flow and no interface above that is known"
        )
      }
      if isTooMuch(excess, of: all) {
        result.append(
          "sockets, forwarded flows and interfaces above have \(excess) bytes more than the \(all) that it \(direction)"
        )
      }
    }
    guard result.isEmpty, entry.needsExplanation else { return result }
    // Little in each direction, but much of both.
    let (missing, surplus) = (entry.unknown.bytes, entry.excess?.bytes ?? 0)
    if missing > 0 {
      result.append(
        "\(missing) of \(total.bytes) bytes belong to no socket, no forwarded flow and no interface above that is known"
      )
    }
    if surplus > 0 {
      result.append("sockets, forwarded flows and interfaces above have \(surplus) bytes more than its \(total.bytes)")
    }
    return result
  }

  static func isTooMuch(_ part: UInt64, of total: UInt64) -> Bool {
    part > 1500 && Double(part) > tolerance * Double(total)
  }
}
