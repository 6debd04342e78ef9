internal import Flows
internal import LinuxSystem

/// Sums of the packets that a packet socket saw since the last reading.
struct PacketAccounts {
  /// How many flows are counted one by one; further ones are counted together.
  private static let limit = 131_072

  /// One direction of a flow on one interface.
  struct Passage: Hashable {
    var interface: UInt32
    var isOutgoing: Bool
    var flow: Flow
  }

  struct Wire: Hashable {
    var interface: UInt32
    var isOutgoing: Bool
  }

  struct Amount {
    var bytes: UInt64 = 0
    var packets: UInt64 = 0

    mutating func add(_ more: UInt32) {
      bytes &+= UInt64(more)
      packets &+= 1
    }
  }

  private(set) var passages: [Passage: Amount] = [:]
  private(set) var nonIP: [Wire: Amount] = [:]
  /// Packets of flows beyond the limit.
  private(set) var rest = Amount()
  /// Whether IP packets passed since this was last set to false.
  var sawPackets = false
  /// Interfaces that are ports of another one, on which the same packets pass again.
  var ports: Set<UInt32> = []

  mutating func add(_ packet: PacketHeaders) {
    if ports.contains(packet.interface) { return }
    guard let flow = packet.flow else {
      nonIP[Wire(interface: packet.interface, isOutgoing: packet.isOutgoing), default: Amount()].add(packet.length)
      return
    }
    sawPackets = true
    let passage = Passage(interface: packet.interface, isOutgoing: packet.isOutgoing, flow: flow)
    if passages.count >= Self.limit, passages[passage] == nil {
      rest.add(packet.length)
    } else {
      passages[passage, default: Amount()].add(packet.length)
    }
  }

  mutating func clear() {
    passages.removeAll(keepingCapacity: passages.count < 4096)
    nonIP.removeAll()
    rest = Amount()
  }
}
