import Capture
import Flows

/// Frames, made header by header.
enum Frames {
  static func number(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }

  static func ethernet(_ type: Int, _ payload: [UInt8]) -> [UInt8] {
    [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2] + number(type, 2) + payload
  }

  /// - Parameter length: what the header claims; the truth if nil.
  static func ipv4(
    _ transport: Transport, ends flow: (String, String) = ("192.0.2.1", "192.0.2.2"), fragment: Int = 0,
    length: Int? = nil, _ payload: [UInt8]
  ) -> [UInt8] {
    [0x45, 0] + number(length ?? 20 + payload.count, 2) + [0, 1] + number(fragment, 2) + [64, transport.number, 0, 0]
      + (IPAddress(flow.0)?.networkOrder ?? []) + (IPAddress(flow.1)?.networkOrder ?? []) + payload
  }

  static func ipv6(
    _ next: UInt8, ends flow: (String, String) = ("2001:db8::1", "2001:db8::2"), length: Int? = nil, _ payload: [UInt8]
  ) -> [UInt8] {
    [0x60, 0, 0, 0] + number(length ?? payload.count, 2) + [next, 64] + (IPAddress(flow.0)?.networkOrder ?? [])
      + (IPAddress(flow.1)?.networkOrder ?? []) + payload
  }

  static func udp(_ from: Int, _ to: Int, _ payload: [UInt8], length: Int? = nil) -> [UInt8] {
    number(from, 2) + number(to, 2) + number(length ?? 8 + payload.count, 2) + [0, 0] + payload
  }

  static func tcp(_ from: Int, _ to: Int, _ sequence: UInt32, _ flags: TCPHeader.Flags, _ payload: [UInt8] = [])
    -> [UInt8]
  {
    number(from, 2) + number(to, 2) + number(Int(sequence), 4) + [
      0, 0, 0, 0, 0x50, flags.rawValue, 0xFF, 0xFF, 0, 0, 0, 0,
    ]
      + payload
  }
}

extension NameReader {
  /// One raw IP packet.
  mutating func take(ip packet: [UInt8], at time: Double = 0) {
    take(packet.span.bytes, link: .raw, time: time)
  }

  /// A client's TCP segment from port 40000 of 192.0.2.1 to 192.0.2.2.
  mutating func take(
    segment payload: [UInt8], at sequence: UInt32, to port: Int = 443, _ flags: TCPHeader.Flags = [.acknowledgment],
    time: Double = 0
  ) {
    take(ip: Frames.ipv4(.tcp, Frames.tcp(40_000, port, sequence, flags, payload)), at: time)
  }

  mutating func take(datagram payload: [UInt8], time: Double = 0) {
    take(ip: Frames.ipv4(.udp, Frames.udp(40_000, 443, payload)), at: time)
  }
}
