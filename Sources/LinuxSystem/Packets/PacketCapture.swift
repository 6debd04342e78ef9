internal import CLinux
internal import Synchronization

/// One instruction of the kernel's packet filter, as `SO_ATTACH_FILTER` takes it.
public struct FilterInstruction: Hashable, Sendable {
  public var code: UInt16
  public var jumpTrue: UInt8
  public var jumpFalse: UInt8
  public var value: UInt32

  public init(code: UInt16, jumpTrue: UInt8, jumpFalse: UInt8, value: UInt32) {
    (self.code, self.jumpTrue, self.jumpFalse, self.value) = (code, jumpTrue, jumpFalse, value)
  }
}

/// A packet, as a packet socket delivered it.
public struct LivePacket: Sendable {
  /// Nanoseconds since 1970.
  public let time: UInt64
  /// The index of the interface.
  public let interface: UInt32
  /// Bytes from the link header on, without a tag that is kept aside. It exceeds the MTU if the kernel merged packets or will
  /// still split this one.
  public let length: Int
  /// Where its network header begins.
  public let networkOffset: Int
  /// The EtherType behind the tag.
  public let etherType: UInt16
  /// `ARPHRD_…` of its interface.
  public let hardwareType: UInt16
  /// `PACKET_HOST` (0) to `PACKET_OUTGOING` (4).
  public let kind: UInt8
  /// The sender's link address and its length, in the form of Linux cooked captures.
  public let linkAddress: (length: UInt8, bytes: UInt64)
  /// A VLAN tag that the kernel keeps aside: its protocol and its value.
  public let tag: (type: UInt16, value: UInt16)?

  init(_ packet: hw_captured) {
    time = packet.time
    interface = packet.interface
    length = Int(packet.length)
    networkOffset = Int(packet.network)
    etherType = packet.ethertype
    hardwareType = packet.hardware
    kind = packet.kind
    linkAddress = (packet.address_length, withUnsafeBytes(of: packet.address) { $0.loadUnaligned(as: UInt64.self) })
    tag = packet.tagged ? (packet.tag_protocol, packet.tag) : nil
  }
}

/// Captures whole packets in one network namespace until it is closed.
///
/// Shell counterpart: `tcpdump -i any`. Loopback's packets come once.
public final class PacketCapture: Sendable {
  /// After this many seconds everything that came before `stop` can be read.
  public static var patience: Double { Double(hw_capture_patience_ms()) / 1000 }

  private let capture: Mutex<UInt>
  /// A file descriptor that is readable when there are packets.
  public let descriptor: Int32

  /// Opens in the calling thread's namespace, and stays there. Needs `CAP_NET_RAW`.
  ///
  /// - Parameters:
  ///   - filter: which packets are wanted; empty for all. It reads from the network header on (`SKF_NET_OFF`).
  ///   - snap: how many bytes of each packet are kept.
  ///   - interface: the index of the only interface; 0 for all.
  ///   - kibibytes: how much memory the kernel may fill before it drops packets, in steps of 512.
  public init(filter: [FilterInstruction], snap: UInt32, interface: UInt32, kibibytes: Int) throws(SystemError) {
    let steps = filter.map {
      hw_filter_step(code: $0.code, jump_true: $0.jumpTrue, jump_false: $0.jumpFalse, value: $0.value)
    }
    var opened: OpaquePointer?
    try checked(
      "capture packets",
      hw_capture_open(steps, steps.count, snap, interface, UInt32(clamping: max(2, kibibytes / 512)), &opened))
    guard let opened else { throw SystemError("capture packets", .invalid) }
    descriptor = hw_capture_descriptor(opened)
    capture = Mutex(UInt(bitPattern: opened))
  }

  deinit {
    let address = capture.withLock { $0 }
    if let pointer = OpaquePointer(bitPattern: address) { hw_capture_close(pointer) }
  }

  /// Calls `body` with the packets since the last call, at most one full ring. The bytes begin at the link header.
  public func read(_ body: (LivePacket, UnsafeRawBufferPointer) -> Void) {
    capture.withLock { address in
      guard let pointer = OpaquePointer(bitPattern: address) else { return }
      withoutActuallyEscaping(body) { body in
        var call = body
        withUnsafeMutablePointer(to: &call) { context in
          _ = hw_capture_read(
            pointer,
            { packet, bytes, context in
              guard let packet, let bytes, let context else { return }
              context.assumingMemoryBound(to: ((LivePacket, UnsafeRawBufferPointer) -> Void).self).pointee(
                LivePacket(packet.pointee), UnsafeRawBufferPointer(start: bytes, count: Int(packet.pointee.captured)))
            }, context)
        }
      }
    }
  }

  /// Lets no further packet in.
  public func stop() throws(SystemError) {
    try capture.withLock { address throws(SystemError) in
      guard let pointer = OpaquePointer(bitPattern: address) else { return }
      try checked("stop capturing", hw_capture_stop(pointer))
    }
  }

  /// How many packets were lost since the last call, because they were not read in time.
  public func takeDrops() -> UInt64 {
    capture.withLock { OpaquePointer(bitPattern: $0).map(hw_capture_take_drops) ?? 0 }
  }
}
