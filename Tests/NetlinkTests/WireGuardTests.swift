import Flows
import LinuxSystem
import NetlinkFixtures
import Testing

@testable import Netlink

/// The kernel's messages, from stand-ins (see `Fixture+WireGuard.swift`).
@Suite struct WireGuardDumpTests {
  /// What the messages in `datagrams` give.
  private func device(_ datagrams: [UInt8]...) throws -> WireGuardDevice? {
    var dump = WireGuardDump()
    for datagram in datagrams {
      try forEachMessage(in: datagram.span.bytes) { (_, payload) throws(MalformedMessage) in
        try dump.add(payload)
        return true
      }
    }
    return dump.device
  }

  private func key(_ byte: UInt8) -> WireGuardPublicKey? { WireGuardPublicKey([UInt8](repeating: byte, count: 32)) }

  @Test func `the family's number is in its announcement`() throws {
    var families: [GenericFamily?] = []
    let message = Fixture.wireGuardFamily
    try forEachMessage(in: message.span.bytes) { (header, payload) throws(MalformedMessage) in
      #expect(header.type == GENL_ID_CTRL)
      families.append(try GenericFamily(parsing: payload))
      return true
    }
    #expect(families.map { $0?.name } == ["wireguard"] && families.first??.id == 30)
  }

  @Test func `a peer that goes on in the next message is one peer`() throws {
    let device = try #require(try device(Fixture.wireGuardDevice, Fixture.wireGuardRest))
    #expect(device.name == "wg0" && device.listenPort == 51820 && device.firewallMark == 51)
    #expect(device.publicKey == key(0x0d))
    #expect(device.peers.map(\.publicKey) == [key(0xa1), key(0xb2)])
    let first = try #require(device.peers.first)
    #expect(first.endpoint == Endpoint("10.12.32.13:55231") && first.persistentKeepalive == 25)
    #expect(first.allowedPrefixes == [Prefix("172.16.249.2/32"), Prefix("fd00:249::2/128")])
    #expect(first.lastHandshake == 1_700_000_000.5)
    #expect(first.receivedBytes == 1_048_576 && first.sentBytes == 250_609_664)
    let second = try #require(device.peers.last)
    #expect(second.endpoint == Endpoint("[2001:db8::7]:51820") && second.allowedPrefixes == [Prefix("10.99.0.0/16")])
    #expect(second.lastHandshake == nil && second.persistentKeepalive == nil && second.receivedBytes == 0)
    let address = try #require(IPAddress("fd00:249::2"))
    #expect(device.claim(on: address)?.peer == first)
  }

  @Test func `no secret is in what was read`() throws {
    let device = try #require(try device(Fixture.wireGuardDevice, Fixture.wireGuardRest))
    var dumped = ""
    dump(device, to: &dumped)
    let secret = try #require(key(0x5e))
    #expect(!dumped.contains("\(UInt64(0x5e5e_5e5e_5e5e_5e5e))") && !dumped.contains("\(secret)"))
    var buffer = Fixture.wireGuardDevice
    Secrets.erase(&buffer)
    #expect(buffer == [UInt8](repeating: 0, count: Fixture.wireGuardDevice.count))
  }

  /// Each is the attributes behind the header of a device's message.
  @Test(arguments: [
    // WGDEVICE_A_PUBLIC_KEY of 4 bytes
    "08 00 04 00 01 02 03 04",
    // a peer without a key
    "0c 00 08 80 08 00 00 80 04 00 02 00",
    // a peer's key of 3 bytes
    "10 00 08 80 0c 00 00 80 07 00 01 00 01 02 03 00",
    // a peer longer than the list of peers
    "0c 00 08 80 40 00 00 80 04 00 02 00",
    // an attribute of length 0
    "00 00 08 80",
  ])
  func `what contradicts itself is refused`(_ text: String) {
    var dump = WireGuardDump()
    let payload = Fixture.message("00 01 00 00") + Fixture.message(text)
    #expect(throws: MalformedMessage.self) { try dump.add(payload.span.bytes) }
  }

  @Test func `a prefix that does not fit its address is refused`() {
    // WGALLOWEDIP_A_CIDR_MASK of 33 and WGALLOWEDIP_A_IPADDR of an IPv4 address, then of 129 with one of IPv6, then alone.
    for allowed in [
      "14 00 00 80 05 00 03 00 21 00 00 00 08 00 02 00 ac 10 f9 02",
      "20 00 00 80 05 00 03 00 81 00 00 00 14 00 02 00 fd 00 02 49 00 00 00 00 00 00 00 00 00 00 00 02",
      "0c 00 00 80 05 00 03 00 20 00 00 00",
      // An address of 5 bytes.
      "18 00 00 80 05 00 03 00 20 00 00 00 09 00 02 00 ac 10 f9 02 01 00 00 00",
    ] {
      let entry = Fixture.message(allowed)
      let key = Fixture.message("24 00 01 00") + [UInt8](repeating: 0xa1, count: 32)
      let peer = key + [UInt8(entry.count + 4), 0, 9, 0x80] + entry
      let peers = [UInt8(peer.count + 4), 0, 0, 0x80] + peer
      let payload = Fixture.message("00 01 00 00") + [UInt8(peers.count + 4), 0, 8, 0x80] + peers
      var dump = WireGuardDump()
      #expect(throws: MalformedMessage("allowed address without a prefix that fits")) {
        try dump.add(payload.span.bytes)
      }
    }
  }

  @Test func `another command, and a message without a name, give no device`() throws {
    var dump = WireGuardDump()
    let other = Fixture.message("01 01 00 00")
    #expect(throws: MalformedMessage.self) { try dump.add(other.span.bytes) }
    let short = Fixture.message("00 01")
    #expect(throws: MalformedMessage.self) { try dump.add(short.span.bytes) }
    let empty = Fixture.message("00 01 00 00")
    try dump.add(empty.span.bytes)
    #expect(dump.device == nil)
  }
}

/// What this machine's kernel says.
@Suite struct WireGuardKernelTests {
  @Test func `generic netlink lists its families`() throws {
    let families = try GenericFamily.all(NetworkNamespaceSockets())
    #expect(families.contains { $0.name == "nlctrl" && $0.id == GENL_ID_CTRL })
  }

  @Test func `a kernel without WireGuard says that it is unsupported, one with it that there is no such device`() throws
  {
    let sockets = try NetworkNamespaceSockets()
    let isThere = try GenericFamily.all(sockets).contains { $0.name == "wireguard" }
    let devices = WireGuardDevices(sockets)
    if isThere {
      #expect(try devices.device("nonexistent0") == nil)
      #expect(try devices.device("lo") == nil)
    } else {
      let error = #expect(throws: NetlinkError.self) { try devices.device("lo") }
      #expect(error?.code == .unsupported && error?.operation == "read WireGuard device lo")
      #expect(throws: NetlinkError.self) { try devices.device(1) }
    }
    #expect(try devices.device("") == nil && devices.device("longer-than-16-bytes") == nil)
  }
}
