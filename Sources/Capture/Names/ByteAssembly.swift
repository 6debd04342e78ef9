/// The first bytes of a stream, assembled from pieces that arrive in any order, repeatedly, or overlapping.
///
/// Memory is bounded: bytes behind `limit` are dropped, and at most 64 pieces wait for missing bytes before them.
struct ByteAssembly: Sendable {
  /// The bytes from the start up to the first gap.
  private(set) var bytes: [UInt8] = []
  private var waiting: [(offset: Int, bytes: [UInt8])] = []
  private(set) var waitingBytes = 0
  let limit: Int

  init(limit: Int) { self.limit = limit }

  /// How many bytes of memory the pieces use.
  var size: Int { bytes.count + waitingBytes }
  var isFull: Bool { bytes.count >= limit }

  /// Adds a piece of the stream; where pieces differ, the first one wins.
  mutating func add(_ piece: [UInt8], at offset: Int) {
    guard offset >= 0, offset < limit, !piece.isEmpty else { return }
    if offset > bytes.count {
      guard waiting.count < 64, waitingBytes + piece.count <= limit else { return }
      guard !waiting.contains(where: { $0.offset == offset && $0.bytes.count >= piece.count }) else { return }
      waiting.append((offset, piece))
      waitingBytes += piece.count
      return
    }
    take(piece, offset)
    // Each turn takes at least one piece away.
    while let index = waiting.firstIndex(where: { $0.offset <= bytes.count }) {
      let next = waiting.remove(at: index)
      waitingBytes -= next.bytes.count
      take(next.bytes, next.offset)
    }
  }

  private mutating func take(_ piece: [UInt8], _ offset: Int) {
    let known = bytes.count - offset
    guard known < piece.count else { return }
    bytes += piece[known...].prefix(limit - bytes.count)
  }

  /// Drops the first `count` bytes; the stream continues behind them.
  mutating func drop(_ count: Int) {
    let count = min(count, bytes.count)
    bytes.removeFirst(count)
    for index in waiting.indices { waiting[index].offset -= count }
  }
}
