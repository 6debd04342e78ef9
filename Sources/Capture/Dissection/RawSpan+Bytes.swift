internal import Flows

/// Reading that never leaves the span: every offset is compared with the span's end first.
extension RawSpan {
  /// The integer at `offset` in network byte order; nil if the span is too short.
  func bigEndian<Value: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Value.Type = Value.self)
    -> Value?
  {
    guard offset >= 0, offset <= byteCount, byteCount - offset >= MemoryLayout<Value>.size else { return nil }
    return Value(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: type))
  }

  func byte(at offset: Int) -> UInt8? { bigEndian(at: offset) }

  /// A copy of the bytes in `range`, as far as they exist.
  func array(in range: Range<Int>) -> [UInt8] {
    let range = range.clamped(to: 0..<byteCount)
    guard !range.isEmpty else { return [] }
    return extracting(range).withUnsafeBytes { Array($0) }
  }

  /// The address at `offset` (4 or 16 bytes); an IPv4-mapped address becomes IPv4.
  func address(at offset: Int, isV4: Bool) -> IPAddress? {
    isV4 ? bigEndian(at: offset).map(IPAddress.v4) : bigEndian(at: offset).map(IPAddress.init(mapped:))
  }
}
