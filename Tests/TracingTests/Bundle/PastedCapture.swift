import Flows

/// A capture file, made packet by packet: pcap with microseconds, little-endian, of raw IP packets, or of cooked ones as
/// `tcpdump -i any` writes them.
struct PastedCapture {
  /// Magic, version 2.4, two zeros, longest packet, link type.
  private(set) var bytes: [UInt8]
  private var time: UInt32
  /// The address whose packets are written down as sent; the others' are received.
  private let host: IPAddress?

  /// - Parameter time: of the first packet, in seconds since 1970; each other one comes a second later.
  /// - Parameter host: the capturing host's address, for cooked packets.
  init(from time: UInt32 = 1_745_161_037, host: String? = nil) {
    self.time = time
    self.host = host.flatMap { IPAddress($0) }
    bytes =
      [0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0] + [UInt8](repeating: 0, count: 8)
      + [0xFF, 0xFF, 0, 0, host == nil ? 101 : 113, 0, 0, 0]
  }

  private static func number(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }

  /// `SYN` is 2, `SYN ACK` 18, `ACK` 16; all data begins behind the SYN.
  mutating func tcp(_ from: String, _ to: String, flags: UInt8 = 16, _ payload: [UInt8] = []) {
    guard let source = Endpoint(from), let destination = Endpoint(to) else { return }
    add(
      6, source, destination,
      [0, 0, 0, flags & 2 == 0 ? 1 : 0, 0, 0, 0, 0, 0x50, flags, 0, 0, 0, 0, 0, 0] + payload)
  }

  mutating func udp(_ from: String, _ to: String, _ payload: [UInt8]) {
    guard let source = Endpoint(from), let destination = Endpoint(to) else { return }
    add(17, source, destination, Self.number(8 + payload.count, 2) + [0, 0] + payload)
  }

  private mutating func add(_ transport: UInt8, _ source: Endpoint, _ destination: Endpoint, _ rest: [UInt8]) {
    let ports: [UInt8] = Self.number(Int(source.port), 2) + Self.number(Int(destination.port), 2)
    let segment: [UInt8] = ports + rest
    var packet: [UInt8] = []
    if let host {
      // SLL: direction, hardware, address, IPv4.
      packet = [0, source.address == host ? 4 : 0] + [UInt8](repeating: 0, count: 12) + [8, 0]
    }
    packet += [0x45, 0] + Self.number(20 + segment.count, 2)
    packet += [0, 0, 0, 0, 64, transport, 0, 0]
    packet += source.address.networkOrder + destination.address.networkOrder
    packet += segment
    bytes += Self.number(Int(time), 4).reversed() + [0, 0, 0, 0]
    for _ in 0..<2 { bytes += Self.number(packet.count, 4).reversed() }
    bytes += packet
    time += 1
  }

  /// A ClientHello's record with `name` as its server (RFC 8446, section 4.1.2; RFC 6066, section 3).
  static func hello(_ name: String) -> [UInt8] {
    let list = [0] + number(name.utf8.count, 2) + Array(name.utf8)
    let extensions = [0, 0] + number(list.count + 2, 2) + number(list.count, 2) + list
    let body =
      [3, 3] + [UInt8](repeating: 7, count: 32) + [0, 0, 2, 0x13, 1, 1, 0] + number(extensions.count, 2) + extensions
    return [22, 3, 1] + number(body.count + 4, 2) + [1] + number(body.count, 3) + body
  }

  /// A resolver's answer: one address (RFC 1035, section 4.1).
  static func answer(_ name: String, _ address: String) -> [UInt8] {
    var labels: [UInt8] = []
    for label in name.split(separator: ".") { labels += [UInt8(label.utf8.count)] + Array(label.utf8) }
    labels.append(0)
    var record: [UInt8] = [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]
    record += IPAddress(address)?.networkOrder ?? []
    let header: [UInt8] = [0, 1, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]
    return header + labels + [0, 1, 0, 1] + record
  }
}
