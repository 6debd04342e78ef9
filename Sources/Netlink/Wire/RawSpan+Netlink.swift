internal import Flows

/// A message from the kernel whose lengths contradict each other.
package struct MalformedMessage: Error, Hashable, Sendable {
  package let what: String
  init(_ what: String) { self.what = what }
}

/// Rounds up to netlink's alignment: messages and attributes start at multiples of 4.
func aligned(_ length: Int) -> Int { (length &+ 3) & ~3 }

/// Reading that never leaves the span: every offset is compared with the span's end first.
extension RawSpan {
  /// The integer at `offset` in the machine's byte order; nil if the span is too short.
  func integer<Value: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Value.Type = Value.self) -> Value? {
    guard offset >= 0, offset <= byteCount, byteCount - offset >= MemoryLayout<Value>.size else { return nil }
    return unsafeLoadUnaligned(fromByteOffset: offset, as: type)
  }

  /// The integer at `offset` in network byte order; nil if the span is too short.
  func bigEndian<Value: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Value.Type = Value.self)
    -> Value?
  {
    integer(at: offset, as: type).map(Value.init(bigEndian:))
  }

  /// The address that fills this span (4 or 16 bytes); an IPv4-mapped address becomes IPv4.
  var address: IPAddress? {
    switch byteCount {
    case 4: bigEndian(at: 0).map(IPAddress.v4)
    case 16: bigEndian(at: 0).map(IPAddress.init(mapped:))
    default: nil
    }
  }

  /// The text up to the first zero byte; bytes that are not UTF-8 become U+FFFD.
  var text: String {
    var bytes: [UInt8] = []
    for offset in 0..<byteCount {
      guard let byte: UInt8 = integer(at: offset), byte != 0 else { break }
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A copy of the bytes.
  var array: [UInt8] { (0..<byteCount).compactMap { integer(at: $0) } }

  /// Calls `body` with every attribute behind the first `count` bytes, which are rounded up to netlink's alignment.
  ///
  /// - Throws: `MalformedMessage` if an attribute's length does not fit.
  func forEachAttribute(
    after count: Int = 0, _ body: (_ type: UInt16, _ payload: RawSpan) throws(MalformedMessage) -> Void
  ) throws(MalformedMessage) {
    var offset = aligned(count)
    // Fewer bytes than a header are padding.
    while offset <= byteCount, byteCount - offset >= NLA_HDRLEN {
      guard let length: UInt16 = integer(at: offset), let type: UInt16 = integer(at: offset + 2) else { return }
      guard Int(length) >= NLA_HDRLEN, Int(length) <= byteCount - offset else {
        throw MalformedMessage("attribute of \(length) bytes at \(offset) of \(byteCount)")
      }
      try body(type & NLA_TYPE_MASK, extracting(offset + NLA_HDRLEN..<offset + Int(length)))
      offset += aligned(Int(length))
    }
  }
}
