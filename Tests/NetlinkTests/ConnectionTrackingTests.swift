import Flows
import LinuxSystem
import Testing

@testable import Netlink

@Suite(
  .enabled(if: TestHost.isRoot, "needs root to make a network namespace"),
  .enabled(if: TestHost.has("nft"), "needs nft to translate addresses"))
struct ConnectionTrackingTests {
  let sockets: NetworkNamespaceSockets
  let tracking: ConnectionTracking
  let connection: TestConnection

  /// A namespace where 127.0.0.2:8080 leads to the listener at 127.0.0.1, which sees 127.0.0.3 as its client.
  init() throws {
    let namespace = try NetworkNamespaceDescriptor.anonymous()
    connection = try namespace.run {
      try TestHost.shell("echo 1 > /proc/sys/net/netfilter/nf_conntrack_acct")
      let listener = try TestSocket(.tcp, boundTo: "127.0.0.1:0")
      try listener.listen()
      try TestHost.shell(
        """
        nft -f - <<END
        table ip headwater {
          chain output {
            type nat hook output priority -100
            ip daddr 127.0.0.2 tcp dport 8080 dnat to 127.0.0.1:\(try listener.port)
          }
          chain leaving {
            type nat hook postrouting priority 100
            ip daddr 127.0.0.1 tcp dport \(try listener.port) snat to 127.0.0.3
          }
        }
        END
        """)
      let connection = try TestConnection(
        listener: listener, from: "127.0.0.1:0", to: TestSocket.endpoint("127.0.0.2:8080"))
      try connection.client.send(500)
      try connection.server.receive(500)
      return connection
    }
    sockets = NetworkNamespaceSockets(namespace)
    tracking = ConnectionTracking(sockets)
  }

  @Test func `each of a translated connection's four names finds its entry`() throws {
    let original = connection.flow
    let record = try #require(try tracking.get(original))
    #expect(record.original == original && record.isTranslated && record.tcpState == .established)
    #expect(record.status.contains([.sourceTranslated, .destinationTranslated, .seenReply]))
    // The server knows its client by another name; its socket confirms it.
    let server = try #require(try SocketDiagnosis(sockets).get(record.reply))
    #expect(try server.inode == connection.server.inode)
    #expect(record.translatedOnTheWire.source.address.description == "127.0.0.3")
    #expect(record.translatedOnTheWire.destination == Endpoint(.v4(0x7F00_0001), try connection.listener.port))
    for name in [original.reversed, record.reply, record.reply.reversed] {
      #expect(try tracking.get(name)?.id == record.id)
    }
    #expect(try tracking.get(original, zone: 0)?.id == record.id)
    #expect(try tracking.get(original, zone: 7) == nil)
    let traffic = try #require(record.originalTraffic)
    #expect(traffic.packets >= 3 && traffic.bytes >= 500 + traffic.packets * 40)
  }

  @Test func `an unknown tuple has no entry`() throws {
    let flow = Flow(.udp, from: connection.flow.source, to: connection.flow.destination)
    #expect(try tracking.get(flow) == nil)
    for transport in [Transport.sctp, .dccp, .gre, .esp, .icmp] {
      #expect(try tracking.get(Flow(transport, from: flow.source, to: flow.destination)) == nil)
    }
    let sixth = Flow(.icmp6, from: Endpoint(.v6(1), 9), to: Endpoint(.v6(2), 9))
    #expect(try tracking.get(sixth) == nil)
  }

  @Test func `a dump is filtered by protocol, family, status and mark`() throws {
    func ids(_ filter: ConnectionFilter) throws -> [Flow] {
      var flows: [Flow] = []
      let summary = try tracking.dump(filter) { flows.append($0.original) }
      #expect(!summary.wasInterrupted)
      return flows
    }
    #expect(try ids(ConnectionFilter()).contains(connection.flow))
    #expect(try ids(ConnectionFilter(transport: .tcp)) == [connection.flow])
    #expect(try ids(ConnectionFilter(family: .v4, transport: .tcp, status: .sourceTranslated)) == [connection.flow])
    #expect(try ids(ConnectionFilter(family: .v6)).isEmpty)
    #expect(try ids(ConnectionFilter(transport: .udp)).isEmpty)
    #expect(try ids(ConnectionFilter(status: .dying)).isEmpty)
    #expect(try ids(ConnectionFilter(mark: (0, 0xFF))) == [connection.flow])
    #expect(try ids(ConnectionFilter(mark: (1, 0xFF))).isEmpty)
  }

  @Test func `accounting and the number of entries are those of the namespace`() throws {
    #expect(try tracking.accountingEnabled())
    #expect(try tracking.count().entries == 1)
    let empty = ConnectionTracking(NetworkNamespaceSockets(try NetworkNamespaceDescriptor.anonymous()))
    #expect(try !empty.accountingEnabled())
    #expect(try empty.count().entries == 0)
  }

  @Test func `IPv6 and zones are looked up as well`() throws {
    let (client, server) = try sockets.inside(operation: "exchange over IPv6") {
      try TestHost.shell(
        """
        nft -f - <<END
        table ip6 headwater {
          chain zones {
            type filter hook output priority -300
            ct zone set 7
          }
          chain arriving {
            type filter hook prerouting priority -300
            ct zone set 7
          }
        }
        END
        """)
      let server = try TestSocket(.udp, boundTo: "[::1]:0")
      let client = try TestSocket(.udp, boundTo: "[::1]:0")
      try client.connect(to: Endpoint(.v6(1), server.port))
      try client.send(9)
      try server.receive(9)
      return (client, server)
    }
    let flow = Flow(.udp, from: Endpoint(.v6(1), try client.port), to: Endpoint(.v6(1), try server.port))
    #expect(try tracking.get(flow) == nil, "the default zone has no such entry")
    let record = try #require(try tracking.get(flow, zone: 7))
    #expect(record.zone == 7 && record.original == flow && !record.isTranslated && record.tcpState == nil)
    // 40 bytes of IPv6 header, 8 of UDP.
    #expect(record.originalTraffic == .init(packets: 1, bytes: 57))
    var zoned: [Flow] = []
    try tracking.dump(ConnectionFilter(family: .v6, transport: .udp, zone: 7)) { zoned.append($0.original) }
    #expect(zoned == [flow])
  }

  @Test(.enabled(if: TestHost.has("ping"), "needs ping"))
  func `an echo request is found by its identifier, from either side`() throws {
    try sockets.inside(operation: "ping") { try TestHost.shell("ping -c 1 -W 2 127.0.0.8 > /dev/null") }
    var echo: ConnectionRecord?
    try tracking.dump(ConnectionFilter(transport: .icmp)) { echo = $0 }
    let record = try #require(echo)
    #expect(record.original.source.port == record.original.destination.port && !record.isTranslated)
    #expect(try tracking.get(record.original)?.id == record.id)
    #expect(try tracking.get(record.reply)?.id == record.id)
  }
}
