/// Finds lines that a text has twice because it has two outputs of the same log, as of `tail -60` and a second one later.
///
/// Only texts with few lines are looked at, and only behind a line that is no request, such as a prompt: the workers of a server
/// that write in blocks may also write the same lines twice. What is repeated goes on to where the text before ended.
struct RepeatedLines {
  /// So many lines are kept; a longer text is a log itself.
  private static let limit = 1 << 16
  private static let searchLimit = 100

  /// Whether lines are compared.
  private(set) var isOn = true
  /// The hashes of the requests' lines.
  private var hashes: [UInt64] = []
  /// Where the current repetition goes on.
  private var next: Int?
  /// Whether the line before is no request.
  var isApart = false
  private var searches = 0

  /// Whether a request's line was there before.
  ///
  /// - Parameters:
  ///   - isEarlier: whether its time is before that of the lines before it, so that a second output may begin here.
  ///   - piece: the bytes around the line.
  mutating func has(_ line: LineBytes, _ isEarlier: Bool, within piece: LineBytes?) -> Bool {
    let hash = Self.hash(line)
    defer { isApart = false }
    if let place = next {
      if place < hashes.count, hashes[place] == hash {
        next = place + 1
        return true
      }
      next = nil
    }
    if isEarlier, isApart, searches < Self.searchLimit {
      searches += 1
      if let place = hashes.lastIndex(of: hash), goesOn(behind: line, from: place + 1, within: piece) {
        next = place + 1
        return true
      }
    }
    guard hashes.count < Self.limit else {
      self = RepeatedLines()
      isOn = false
      return false
    }
    hashes.append(hash)
    return false
  }

  /// Whether the lines behind `line` are those that came from `start` on.
  private func goesOn(behind line: LineBytes, from start: Int, within piece: LineBytes?) -> Bool {
    let wanted = hashes[start...]
    guard let piece, !wanted.isEmpty else { return true }
    let place = line.base - piece.base
    // A line that was unwrapped is elsewhere.
    guard place >= 0, place < piece.count else { return true }
    var begin = piece.first(10, from: place) + 1
    for hash in wanted {
      guard begin < piece.count else { return true }
      let end = piece.first(10, from: begin)
      guard Self.hash(piece.part(begin, end)) == hash else { return false }
      begin = end + 1
    }
    return true
  }

  private static func hash(_ line: LineBytes) -> UInt64 {
    // A carriage return is no part of it.
    let count = line.count > 0 && line[line.count - 1] == 13 ? line.count - 1 : line.count
    return line.hash(Field(0, count), seed: 0x5EED)
  }
}
