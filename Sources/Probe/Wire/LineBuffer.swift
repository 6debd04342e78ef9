/// Cuts a stream of bytes into lines and keeps no more of it than one line may have.
public struct LineBuffer: Sendable {
  public enum Line: Hashable, Sendable {
    case whole([UInt8])
    /// It was longer than the limit and is not kept; only how many bytes it had.
    case tooLong(Int)
  }

  private let limit: Int
  private var rest: [UInt8] = []
  /// Bytes of a line that is being passed over.
  private var passedOver = 0

  /// - Parameter limit: bytes of a line without its end.
  public init(limit: Int) { self.limit = limit }

  /// Bytes of a line that has not ended.
  public var pending: Int { rest.count + passedOver }

  /// The lines that end in `bytes`. Empty ones are left out.
  public mutating func add(_ bytes: [UInt8]) -> [Line] {
    var lines: [Line] = []
    var start = 0
    while let end = bytes[start...].firstIndex(of: 0x0A) {
      keep(bytes[start..<end])
      if passedOver > 0 {
        lines.append(.tooLong(passedOver))
      } else if !rest.isEmpty {
        lines.append(.whole(rest))
      }
      rest = []
      passedOver = 0
      start = end + 1
    }
    keep(bytes[start...])
    return lines
  }

  private mutating func keep(_ part: ArraySlice<UInt8>) {
    if passedOver > 0 || rest.count + part.count > limit {
      passedOver += rest.count + part.count
      rest = []
    } else {
      rest += part
    }
  }
}
