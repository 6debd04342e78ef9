/// A Swift type that corresponds to a single JSON value.
protocol JSONLeaf: Sendable {
  var json: JSONValue { get }
  /// Nil if the value is of another type, or too large.
  init?(json: JSONValue)
}

extension Bool: JSONLeaf {
  var json: JSONValue { .bool(self) }
  init?(json: JSONValue) {
    guard case .bool(let value) = json else { return nil }
    self = value
  }
}

extension String: JSONLeaf {
  var json: JSONValue { .text(self) }
  init?(json: JSONValue) {
    guard case .text(let value) = json else { return nil }
    self = value
  }
}

extension JSONLeaf where Self: FixedWidthInteger {
  var json: JSONValue { self < 0 ? .negative(Int64(clamping: self)) : .unsigned(UInt64(clamping: self)) }
  init?(json: JSONValue) {
    switch json {
    case .unsigned(let value): self.init(exactly: value)
    case .negative(let value): self.init(exactly: value)
    case .real(let value): self.init(exactly: value)
    default: return nil
    }
  }
}

extension JSONLeaf where Self: BinaryFloatingPoint {
  var json: JSONValue { .real(Double(self)) }
  init?(json: JSONValue) {
    switch json {
    case .unsigned(let value): self.init(value)
    case .negative(let value): self.init(value)
    case .real(let value): self.init(value)
    default: return nil
    }
  }
}

extension Int: JSONLeaf {}
extension Int8: JSONLeaf {}
extension Int16: JSONLeaf {}
extension Int32: JSONLeaf {}
extension Int64: JSONLeaf {}
extension UInt: JSONLeaf {}
extension UInt8: JSONLeaf {}
extension UInt16: JSONLeaf {}
extension UInt32: JSONLeaf {}
extension UInt64: JSONLeaf {}
extension Float: JSONLeaf {}
extension Double: JSONLeaf {}
