/// The first bytes of a stream, put together from pieces that come in any order, more than once, or overlap.
///
/// Memory is bounded: nothing behind `limit` is kept, and at most 64 pieces wait for what is before them.
struct ByteAssembly: Sendable {
  /// What is there without a gap.
  private(set) var bytes: [UInt8] = []
  private var waiting: [(offset: Int, bytes: [UInt8])] = []
  private(set) var waitingBytes = 0
  let limit: Int

  init(limit: Int) { self.limit = limit }

  /// How much memory the pieces take.
  var size: Int { bytes.count + waitingBytes }
  var isFull: Bool { bytes.count >= limit }

  /// Adds a piece of the stream; where pieces differ the first one holds.
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

  /// Forgets the first `count` bytes: the stream goes on behind them.
  mutating func drop(_ count: Int) {
    let count = min(count, bytes.count)
    bytes.removeFirst(count)
    for index in waiting.indices { waiting[index].offset -= count }
  }
}
