internal import Flows

/// A packet of the copy: made to ask, or read from a device where it left.
struct TestPacket {
  /// What a datagram says at its fifth byte.
  static let question: UInt8 = 0x51
  static let answer: UInt8 = 0x41
  private static let sign: [UInt8] = [0x68, 0x77, 0x66, 0x77]
  private static let firstSequence: UInt32 = 0x4800_0000

  enum Kind: Equatable {
    /// The first packet of attempt `number`.
    case asks(Int)
    /// The other end's answer to it.
    case answers(Int)
    /// A reset, or an ICMP error.
    case refuses(Int)
  }

  var kind: Kind
  var transport: Transport
  var source: Endpoint
  var destination: Endpoint

  static func payload(_ number: Int) -> [UInt8] {
    sign + [question] + (0..<4).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) } + [0, 0, 0]
  }

  /// The packet's bytes from the IP header on.
  var bytes: [UInt8] {
    let payload: [UInt8]
    switch (transport, kind) {
    case (.tcp, .asks(let number)):
      payload = tcp(sequence: Self.firstSequence &+ UInt32(number), acknowledges: 0, flags: 0x02)
    case (.tcp, .answers(let number)), (.tcp, .refuses(let number)):
      payload = tcp(sequence: 1, acknowledges: Self.firstSequence &+ UInt32(number) &+ 1, flags: 0x12)
    case (_, .asks(let number)), (_, .answers(let number)), (_, .refuses(let number)):
      var data = Self.payload(number)
      if case .answers = kind { data[4] = Self.answer }
      payload =
        Self.big16(source.port) + Self.big16(destination.port) + Self.big16(UInt16(8 + data.count)) + [0, 0] + data
    }
    return Self.packet(transport, source.address, destination.address, payload)
  }

  private func tcp(sequence: UInt32, acknowledges: UInt32, flags: UInt8) -> [UInt8] {
    // With a maximum segment size of 1460, as a real first packet has.
    Self.big16(source.port) + Self.big16(destination.port) + Self.big32(sequence) + Self.big32(acknowledges)
      + [0x60, flags] + Self.big16(64240) + [0, 0, 0, 0] + [2, 4, 0x05, 0xB4]
  }

  private static func packet(
    _ transport: Transport, _ source: IPAddress, _ destination: IPAddress, _ payload: [UInt8]
  ) -> [UInt8] {
    var payload = payload
    let (from, to) = (source.networkOrder, destination.networkOrder)
    let pseudo = from + to + [0, transport.number] + big16(UInt16(payload.count))
    let at = transport == .tcp ? 16 : 6
    var sum = checksum(pseudo + payload)
    if sum == 0, transport == .udp { sum = 0xFFFF }
    payload.replaceSubrange(at..<at + 2, with: big16(sum))
    if source.isV4 {
      var header: [UInt8] =
        [0x45, 0] + big16(UInt16(20 + payload.count)) + [0, 0, 0x40, 0, 64, transport.number, 0, 0] + from + to
      header.replaceSubrange(10..<12, with: big16(checksum(header)))
      return header + payload
    }
    return [0x60, 0, 0, 0] + big16(UInt16(payload.count)) + [transport.number, 64] + from + to + payload
  }

  private static func checksum(_ bytes: [UInt8]) -> UInt16 {
    var sum: UInt32 = 0
    for at in stride(from: 0, to: bytes.count, by: 2) {
      sum += UInt32(bytes[at]) << 8 | (at + 1 < bytes.count ? UInt32(bytes[at + 1]) : 0)
    }
    while sum >> 16 != 0 { sum = (sum & 0xFFFF) + sum >> 16 }
    return ~UInt16(truncatingIfNeeded: sum)
  }

  private static func big16(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)] }
  private static func big32(_ value: UInt32) -> [UInt8] {
    big16(UInt16(value >> 16)) + big16(UInt16(truncatingIfNeeded: value))
  }

  init(_ kind: Kind, _ transport: Transport, from source: Endpoint, to destination: Endpoint) {
    (self.kind, self.transport, self.source, self.destination) = (kind, transport, source, destination)
  }

  /// Nil if the bytes are no packet of an attempt.
  init?(_ bytes: ArraySlice<UInt8>) {
    let bytes = Array(bytes)
    guard let first = bytes.first else { return nil }
    let length: Int
    let next: UInt8
    if first >> 4 == 4, bytes.count >= 20 {
      length = Int(first & 15) * 4
      next = bytes[9]
      guard let from = IPAddress(networkOrder: bytes[12..<16]), let to = IPAddress(networkOrder: bytes[16..<20]) else {
        return nil
      }
      self.init(.asks(0), Transport(next), from: Endpoint(from, 0), to: Endpoint(to, 0))
    } else if first >> 4 == 6, bytes.count >= 40 {
      length = 40
      next = bytes[6]
      guard let from = IPAddress(networkOrder: bytes[8..<24]), let to = IPAddress(networkOrder: bytes[24..<40]) else {
        return nil
      }
      self.init(.asks(0), Transport(next), from: Endpoint(from, 0), to: Endpoint(to, 0))
    } else {
      return nil
    }
    guard length >= 20, bytes.count >= length + 8 else { return nil }
    let inner = Array(bytes[length...])
    if transport.isICMP {
      // An error quotes the packet that it is about.
      let isError = transport == .icmp ? [3, 11, 12].contains(inner[0]) : inner[0] < 128
      guard isError, let quoted = TestPacket(inner[8...]), case .asks(let number) = quoted.kind else { return nil }
      kind = .refuses(number)
      return
    }
    guard let kind = Self.kind(transport, inner) else { return nil }
    self.kind = kind
    source.port = UInt16(inner[0]) << 8 | UInt16(inner[1])
    destination.port = UInt16(inner[2]) << 8 | UInt16(inner[3])
  }

  /// What a TCP or UDP header with its data is; nil if it is no packet of an attempt. Errors may quote 8 bytes only.
  static func kind(_ transport: Transport, _ header: [UInt8]) -> Kind? {
    if transport == .tcp {
      func word(_ at: Int) -> UInt32 { header[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) } }
      guard header.count >= 8 else { return nil }
      guard header.count >= 14 else { return attempt(word(4)).map { .asks($0) } }
      let flags = header[13]
      if flags & 0x04 != 0 { return attempt(word(8) &- 1).map { .refuses($0) } }
      if flags & 0x12 == 0x12 { return attempt(word(8) &- 1).map { .answers($0) } }
      return flags & 0x12 == 0x02 ? attempt(word(4)).map { .asks($0) } : nil
    }
    guard transport == .udp, header.count >= 17, Array(header[8..<12]) == sign else { return nil }
    let number = header[13..<17].reduce(0) { $0 << 8 | Int($1) }
    return header[12] == answer ? .answers(number) : .asks(number)
  }

  /// The number of the attempt whose datagram has this data; nil if it is another.
  static func number(ofPayload data: ArraySlice<UInt8>) -> Int? {
    let data = Array(data)
    guard data.count >= 9, Array(data[..<4]) == sign else { return nil }
    return data[5..<9].reduce(0) { $0 << 8 | Int($1) }
  }

  private static func attempt(_ sequence: UInt32) -> Int? {
    let number = Int(sequence) - Int(firstSequence)
    return (0..<0x10_0000).contains(number) ? number : nil
  }

  var number: Int {
    switch kind {
    case .asks(let number), .answers(let number), .refuses(let number): number
    }
  }
}
