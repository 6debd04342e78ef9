internal import Flows

/// A message to the kernel, built from front to back.
struct NetlinkRequest {
  private(set) var bytes: [UInt8]

  init(_ type: UInt16, flags: UInt16 = 0) {
    bytes = []
    bytes.reserveCapacity(128)
    append(UInt32(0))  // nlmsg_len, set by `finished`
    append(type)
    append(flags | NLM_F_REQUEST)
    append(UInt32(0))  // nlmsg_seq, set by `finished`
    append(UInt32(0))  // nlmsg_pid: the kernel knows
  }

  /// The whole message with its length and sequence number.
  func finished(sequence: UInt32) -> [UInt8] {
    var message = bytes
    withUnsafeBytes(of: UInt32(truncatingIfNeeded: message.count)) { message.replaceSubrange(0..<4, with: $0) }
    withUnsafeBytes(of: sequence) { message.replaceSubrange(8..<12, with: $0) }
    return message
  }

  /// Appends an integer in the machine's byte order.
  mutating func append<Value: FixedWidthInteger>(_ value: Value) {
    withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
  }

  mutating func append(_ more: [UInt8]) { bytes += more }

  mutating func attribute(_ type: UInt16, _ payload: [UInt8]) {
    append(UInt16(truncatingIfNeeded: NLA_HDRLEN + payload.count))
    append(type)
    bytes += payload
    bytes += [UInt8](repeating: 0, count: aligned(bytes.count) - bytes.count)
  }

  /// Appends an attribute in the machine's byte order; pass `value.bigEndian` if the family expects network order.
  mutating func attribute<Value: FixedWidthInteger>(_ type: UInt16, _ value: Value) {
    attribute(type, withUnsafeBytes(of: value) { [UInt8]($0) })
  }

  mutating func attribute(_ type: UInt16, _ address: IPAddress) { attribute(type, address.networkOrder) }

  mutating func nested(_ type: UInt16, _ body: (inout NetlinkRequest) -> Void) {
    let start = bytes.count
    append(UInt16(0))
    append(type | NLA_F_NESTED)
    body(&self)
    withUnsafeBytes(of: UInt16(truncatingIfNeeded: bytes.count - start)) {
      bytes.replaceSubrange(start..<start + 2, with: $0)
    }
  }
}
