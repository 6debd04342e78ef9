/// Splits a stream of bytes into lines. It keeps at most as many bytes as one line may have.
public struct LineBuffer: Sendable {
  public enum Line: Hashable, Sendable {
    case whole([UInt8])
    /// The line exceeded the limit and was not kept; the value is its length in bytes.
    case tooLong(Int)
  }

  private let limit: Int
  private var rest: [UInt8] = []
  /// The bytes of a line that exceeds the limit, so far.
  private var passedOver = 0

  /// - Parameter limit: the maximum bytes of a line, without its end.
  public init(limit: Int) { self.limit = limit }

  /// The bytes of the incomplete line.
  public var pending: Int { rest.count + passedOver }

  /// Adds bytes and returns the lines that end in them, without empty ones.
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
