internal import CLinux
public import Flows

/// The headers of one packet, as a packet socket received it.
public struct PacketHeaders: Hashable, Sendable {
  public let interface: UInt32
  /// Whether it was outgoing; otherwise it came in for this host.
  public let isOutgoing: Bool
  /// Bytes from the IP header on. It exceeds the MTU if the kernel merged packets or will still split this one.
  public let length: UInt32
  /// The flow from source to destination; nil if the packet is not IP. Ports are 0 for protocols without ports; ICMP's
  /// echo identifier is the source's port.
  public let flow: Flow?

  init(_ packet: hw_packet) {
    interface = packet.interface
    isOutgoing = packet.outgoing
    length = packet.length
    flow =
      packet.is_ip
      ? Flow(
        Transport(packet.transport),
        from: Endpoint(Self.address(packet.source, isV6: packet.is_v6), packet.source_port),
        to: Endpoint(Self.address(packet.destination, isV6: packet.is_v6), packet.destination_port)) : nil
  }

  /// Parses the bytes behind the link layer's header; they may come from anywhere.
  public init(parsing bytes: [UInt8]) {
    var packet = hw_packet()
    packet.length = UInt32(clamping: bytes.count)
    _ = bytes.withUnsafeBufferPointer { hw_packet_parse($0.baseAddress, $0.count, &packet) }
    self.init(packet)
  }

  private typealias Bytes = (
    UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8
  )

  private static func address(_ bytes: Bytes, isV6: Bool) -> IPAddress {
    withUnsafeBytes(of: bytes) { raw in
      isV6
        ? .v6(UInt128(bigEndian: raw.loadUnaligned(as: UInt128.self)))
        : .v4(UInt32(bigEndian: raw.loadUnaligned(as: UInt32.self)))
    }
  }
}

/// Receives copies of all packets' headers in one network namespace, until it is closed.
///
/// Shell counterpart: `tcpdump -i any -s 128 -nn`.
public struct PacketRing: ~Copyable {
  private let packets: OpaquePointer

  /// Opens in the calling thread's namespace, and stays there. Needs `CAP_NET_RAW`.
  ///
  /// - Parameters:
  ///   - kibibytes: how much memory the kernel may fill before it drops packets, in steps of 64.
  ///   - withTCP: whether TCP packets are wanted; the kernel filters them.
  public init(kibibytes: Int, withTCP: Bool) throws(SystemError) {
    try self.init(owning: try Self.open(kibibytes: kibibytes, withTCP: withTCP))
  }

  /// A ring on its way from the thread that opened it to its owner, which must take it over.
  public struct Handle: Sendable {
    fileprivate let address: UInt
  }

  /// Like `init(kibibytes:withTCP:)`, for opening on a thread that ends: a value with one owner can't leave it.
  public static func open(kibibytes: Int, withTCP: Bool) throws(SystemError) -> Handle {
    var packets: OpaquePointer?
    try checked("copy packets", hw_packets_open(UInt32(clamping: max(1, kibibytes / 64)), withTCP, &packets))
    guard let packets else { throw SystemError("copy packets", .invalid) }
    return Handle(address: UInt(bitPattern: packets))
  }

  /// Takes over a ring that `open` returned; only once.
  public init(owning handle: Handle) throws(SystemError) {
    guard let packets = OpaquePointer(bitPattern: handle.address) else { throw SystemError("copy packets", .invalid) }
    self.packets = packets
  }

  deinit { hw_packets_close(packets) }

  /// A file descriptor that is readable when there are packets; valid while this value lives.
  public var number: Int32 { hw_packets_descriptor(packets) }

  /// Sets whether TCP packets are wanted.
  public borrowing func want(tcp: Bool) throws(SystemError) {
    try checked("filter packets", hw_packets_want_tcp(packets, tcp))
  }

  /// Calls `body` with the packets since the last call, at most one full ring.
  public mutating func read(_ body: (PacketHeaders) -> Void) {
    withoutActuallyEscaping(body) { body in
      var call = body
      withUnsafeMutablePointer(to: &call) { context in
        _ = hw_packets_read(
          packets,
          { packet, context in
            guard let packet, let context else { return }
            context.assumingMemoryBound(to: ((PacketHeaders) -> Void).self).pointee(PacketHeaders(packet.pointee))
          }, context)
      }
    }
  }

  /// How many packets the kernel dropped since the last call, because the ring was full.
  public mutating func takeDrops() -> UInt64 { hw_packets_take_drops(packets) }
}
