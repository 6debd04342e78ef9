internal import CScan
internal import LinuxSystem

/// Times of requests in little memory: differences in milliseconds, in chained pieces of one cache line, of which there
/// is a bounded number.
///
/// It uses pointers for the reason given at `LineBytes`.
struct TimesPool: ~Copyable {
  /// How many differences a piece has; its first word has the number of the next piece.
  static let perPiece = 15
  /// The number that stands for no piece.
  static let none: UInt32 = .max
  let limit: Int
  private var pieces: UnsafeMutablePointer<Int32>
  private var capacity = 256
  private var count = 0
  private var free = TimesPool.none

  init(limit: Int) {
    self.limit = limit
    pieces = LargeMemory.allocate(Int32.self, capacity * 16)
  }

  deinit { LargeMemory.free(pieces, capacity * 16) }

  /// A new piece without a successor; `none` if all are in use.
  mutating func take() -> UInt32 {
    var piece = free
    if piece != Self.none {
      free = next(piece)
    } else {
      guard count < limit else { return Self.none }
      if count == capacity { grow() }
      piece = UInt32(count)
      count += 1
    }
    pieces[Int(piece) * 16] = Int32(bitPattern: Self.none)
    return piece
  }

  func next(_ piece: UInt32) -> UInt32 { UInt32(bitPattern: pieces[Int(piece) * 16]) }

  mutating func chain(_ piece: UInt32, to next: UInt32) { pieces[Int(piece) * 16] = Int32(bitPattern: next) }

  @inline(__always)
  subscript(piece: UInt32, index: Int) -> Int32 {
    get { pieces[Int(piece) &* 16 &+ 1 &+ index] }
    set { pieces[Int(piece) &* 16 &+ 1 &+ index] = newValue }
  }

  @inline(__always)
  func prefetch(_ piece: UInt32) { if piece != Self.none { hw_prefetch(pieces + Int(piece) &* 16) } }

  /// Releases a chain of pieces.
  mutating func release(_ head: UInt32) {
    var piece = head
    while piece != Self.none {
      let following = next(piece)
      chain(piece, to: free)
      free = piece
      piece = following
    }
  }

  private mutating func grow() {
    pieces = LargeMemory.grow(pieces, from: capacity * 16, to: capacity * 32)
    capacity *= 2
  }
}
