import Flows
import NetlinkFixtures
import Testing

@testable import Netlink

/// The payload of the only message in `datagram`, read by `parse`.
func parsed<Record>(
  _ datagram: [UInt8], _ parse: (RawSpan) throws(MalformedMessage) -> Record?
) throws(MalformedMessage) -> Record? {
  var record: Record?
  try forEachMessage(in: datagram.span.bytes) { (_, payload) throws(MalformedMessage) in
    record = try parse(payload)
    return true
  }
  return record
}

@Suite struct MessageParsingTests {
  @Test func `a veth names its other end and that end's namespace`() throws {
    let link = try #require(
      try parsed(Fixture.vethLink) { (payload) throws(MalformedMessage) in
        try Link(parsing: payload)
      })
    #expect(link.index == 3 && link.name == "veth0" && link.kind == "veth" && link.mtu == 1500)
    #expect(link.peerIndex == 2 && link.peerNamespaceID == 0)
    #expect(link.hardwareAddress == [2, 0, 0, 0, 0, 1] && link.hardwareType == 1)
    #expect(link.isUp && !link.isLoopback && !link.hasParentDevice && link.tunType == nil && link.master == nil)
    #expect(link.statistics?.sendDropped == 4 && link.statistics?.sentBytes == 0)
  }

  @Test func `a tap device names its type and owner`() throws {
    let link = try #require(
      try parsed(Fixture.tapLink) { (payload) throws(MalformedMessage) in
        try Link(parsing: payload)
      })
    #expect(link.kind == "tun" && link.tunType == .tap && link.tunOwner == 1000 && link.peerIndex == nil)
  }

  @Test func `an address is told from the other end of its link`() throws {
    let read = { (datagram: [UInt8]) throws in
      try #require(
        try parsed(datagram) { (payload) throws(MalformedMessage) in try AddressRecord(parsing: payload) })
    }
    let plain = try read(Fixture.addressV4)
    #expect(plain.address.description == "10.1.0.1" && plain.prefix?.description == "10.1.0.0/24")
    #expect(plain.peer == nil && plain.interfaceIndex == 3 && plain.label == "veth0" && plain.scope == 0)
    let pair = try read(Fixture.addressPeer)
    #expect(pair.address.description == "10.2.0.1" && pair.peer?.description == "10.2.0.2" && pair.prefixLength == 32)
    let sixth = try read(Fixture.addressV6)
    #expect(sixth.prefix?.description == "2001:db8::/64" && sixth.label == nil)
  }

  @Test func `a neighbour has its hardware address and state`() throws {
    let neighbour = try #require(
      try parsed(Fixture.neighbour) { (payload) throws(MalformedMessage) in
        try Neighbour(parsing: payload)
      })
    #expect(neighbour.address.description == "10.1.0.9" && neighbour.interfaceIndex == 3)
    #expect(neighbour.hardwareAddress == [2, 0, 0, 0, 0, 9] && neighbour.state == .permanent)
  }

  @Test func `a route has its gateway, source and table`() throws {
    let route = try #require(
      try parsed(Fixture.route) { (payload) throws(MalformedMessage) in
        try Route(parsing: payload)
      })
    #expect(route.kind == .unicast && route.outputInterface == 3 && route.table == 254)
    #expect(route.gateway?.description == "10.1.0.9" && route.preferredSource?.description == "10.1.0.1")
  }

  @Test func `a socket has its ends, cookie, inode and statistics`() throws {
    let socket = try #require(
      try parsed(Fixture.socketV4) { (payload) throws(MalformedMessage) in
        try SocketRecord(parsing: payload, transport: .tcp)
      })
    #expect(socket.flow.description == "tcp 127.0.0.1:40000 -> 127.0.0.2:8080")
    #expect(socket.state == .established && socket.cookie == 0x17 && socket.inode == 0x14E7F && socket.uid == 0)
    #expect(socket.cgroupID == 1 && !socket.isIPv6Socket && socket.interfaceIndex == 0)
    #expect(socket.tcp?.bytesSent == 1000 && socket.tcp?.bytesAcked == 1001 && socket.tcp?.bytesReceived == 0)
    #expect(socket.tcp?.segmentsOut == 3 && socket.tcp?.segmentsIn == 2 && socket.tcp?.congestionWindow == 11)
    #expect(socket.tcp?.rttMicroseconds == 0x53 && socket.tcp?.retransmits == 0)
  }

  @Test func `an IPv4-mapped socket is folded to IPv4`() throws {
    let socket = try #require(
      try parsed(Fixture.socketMapped) { (payload) throws(MalformedMessage) in
        try SocketRecord(parsing: payload, transport: .tcp)
      })
    #expect(socket.flow.description == "tcp 127.0.0.1:9091 -> 127.0.0.1:40001" && socket.isIPv6Socket)
  }

  @Test func `the statistics of an older kernel lack what it did not count`() throws {
    let statistics = { TCPStatistics(parsing: [UInt8](repeating: 1, count: $0).span.bytes) }
    // struct tcp_info ends after tcpi_total_retrans in Linux 2.6 to 3.14.
    let old = try #require(statistics(104))
    #expect(old.rttMicroseconds == 0x0101_0101 && old.bytesAcked == nil && old.bytesSent == nil)
    #expect(statistics(103) == nil)
  }

  @Test func `a translated connection has four names`() throws {
    let record = try #require(
      try parsed(Fixture.connection) { (payload) throws(MalformedMessage) in
        try ConnectionRecord(parsing: payload)
      })
    #expect(record.original.description == "tcp 127.0.0.1:40000 -> 127.0.0.2:8080")
    #expect(record.reply.description == "tcp 127.0.0.1:9090 -> 127.0.0.3:40000")
    #expect(record.translatedOnTheWire.description == "tcp 127.0.0.3:40000 -> 127.0.0.1:9090")
    #expect(record.isTranslated && record.status.contains([.sourceTranslated, .destinationTranslated, .assured]))
    #expect(record.originalTraffic == .init(packets: 3, bytes: 0x48C) && record.replyTraffic?.bytes == 0x70)
    #expect(record.tcpState == .established && record.timeout == 0x69780 && record.zone == 0 && record.mark == 0)
    #expect(record.counterpart(of: record.original) == record.reply.reversed)
    #expect(record.counterpart(of: record.reply) == record.original.reversed)
    #expect(record.counterpart(of: record.original.reversed) == record.reply)
    #expect(record.counterpart(of: Flow(.udp, from: record.original.source, to: record.original.destination)) == nil)
  }

  @Test func `a refusal carries the kernel's explanation`() throws {
    let refusal = try #require(
      try parsed(Fixture.refusal) { (payload) throws(MalformedMessage) in
        try Acknowledgement(error: payload, flags: NLM_F_ACK_TLVS)
      })
    #expect(refusal.errno == 22 && refusal.text == "ipv4: Invalid values in header for route get request")
  }

  @Test func `a filter is compiled to jumps that end behind the program`() throws {
    let filter = SocketFilter(localPort: 443, remote: Prefix("192.0.2.0/24"))
    #expect(
      filter.bytecode
        == Fixture.message(
          """
          02 08 24 00  // INET_DIAG_BC_S_GE, yes = 8, no = 36
          00 00 bb 01  // no = 443
          03 08 1c 00  // INET_DIAG_BC_S_LE, yes = 8, no = 28
          00 00 bb 01  // no = 443
          08 10 14 00  // INET_DIAG_BC_D_COND, yes = 16, no = 20
          02 18 00 00 ff ff ff ff  // family, prefix_len, port = -1
          c0 00 02 00  // addr
          """))
    #expect(SocketFilter().bytecode.isEmpty)
  }
}
