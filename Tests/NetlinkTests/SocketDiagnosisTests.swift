import Flows
import LinuxSystem
import Testing

@testable import Netlink

@Suite struct SocketDiagnosisTests {
  let diagnosis: SocketDiagnosis

  init() throws { diagnosis = SocketDiagnosis(try NetworkNamespaceSockets()) }

  @Test(arguments: ["127.0.0.1", "[::1]"])
  func `both ends of a TCP connection are found exactly`(_ address: String) throws {
    let connection = try TestConnection(at: address)
    try connection.client.send(100)
    try connection.server.receive(100)
    let client = try #require(try diagnosis.get(connection.flow))
    #expect(try client.inode == connection.client.inode && client.flow == connection.flow)
    #expect(client.state == .established && client.tcp?.bytesSent == 100 && client.cookie != 0)
    let server = try #require(try diagnosis.get(connection.flow.reversed))
    #expect(try server.inode == connection.server.inode && server.tcp?.bytesReceived == 100)
  }

  @Test func `an IPv4 flow finds the dual-stack socket that serves it`() throws {
    let connection = try TestConnection(at: "127.0.0.1", isDualStack: true)
    let server = try #require(try diagnosis.get(connection.flow.reversed))
    #expect(try server.inode == connection.server.inode && server.isIPv6Socket)
    #expect(server.flow == connection.flow.reversed)
  }

  @Test(arguments: [("127.0.0.1", false), ("[::1]", false), ("127.0.0.1", true)])
  func `a connected and a serving UDP socket are found`(_ address: String, isDualStack: Bool) throws {
    let server = try TestSocket(.udp, boundTo: "\(isDualStack ? "0.0.0.0" : address):0", isDualStack: isDualStack)
    let client = try TestSocket(.udp, boundTo: "\(address):0")
    let destination = try TestSocket.endpoint("\(address):\(server.port)")
    try client.connect(to: destination)
    let flow = Flow(.udp, from: Endpoint(destination.address, try client.port), to: destination)
    let found = try #require(try diagnosis.get(flow))
    #expect(try found.inode == client.inode && found.flow == flow && found.isConnected)
    let serving = try #require(try diagnosis.get(flow.reversed))
    #expect(try serving.inode == server.inode && !serving.isConnected)
    #expect(serving.isIPv6Socket == (isDualStack || address == "[::1]"))
  }

  @Test func `a flow without a socket has none, even where someone listens`() throws {
    let connection = try TestConnection(at: "127.0.0.1")
    let stranger = try TestSocket.endpoint("127.0.0.9:9")
    #expect(try diagnosis.get(Flow(.tcp, from: connection.flow.destination, to: stranger)) == nil)
    #expect(try diagnosis.get(Flow(.tcp, from: stranger, to: connection.flow.source)) == nil)
    #expect(try diagnosis.get(Flow(.udp, from: stranger, to: connection.flow.source)) == nil)
  }

  @Test(arguments: [("127.0.0.1", "127.0.0.0/8"), ("[::1]", "::1/128")])
  func `a filtered dump gives one socket and only that`(_ address: String, _ prefix: String) throws {
    let connection = try TestConnection(at: address)
    let other = try TestConnection(at: address)
    let filter = SocketFilter(
      states: .established, localPort: connection.flow.source.port, remotePort: connection.flow.destination.port,
      local: Prefix(prefix), remote: Prefix(prefix))
    var found: [SocketRecord] = []
    let summary = try diagnosis.dump(.tcp, filter: filter, withStatistics: true) { found.append($0) }
    #expect(try found.map(\.inode) == [connection.client.inode] && found.first?.tcp != nil)
    #expect(summary.records == 1, "the kernel filtered, not we")
    #expect(other.flow != connection.flow)
  }

  @Test func `a listening socket is found by a flow that no one has opened yet`() throws {
    let connection = try TestConnection(at: "127.0.0.1")
    let flow = Flow(.tcp, from: connection.flow.destination, to: Endpoint(.anyV4, 0))
    let record = try #require(try diagnosis.get(flow))
    #expect(try record.inode == connection.listener.inode && record.state == .listen && !record.isConnected)
    // Nil before Linux 5.10.
    #expect(record.isTransparent != true)
  }

  @Test func `an accepted UNIX socket has its listener's name, and both ends know each other`() throws {
    let name = "@headwater-test-\(UInt32.random(in: 0 ..< .max))"
    let pair = try UnixConnection(name)
    var records: [UInt32: UnixSocketRecord] = [:]
    do {
      try diagnosis.dumpUnix { records[$0.inode] = $0 }
    } catch let error {
      #expect(error.code == .unsupported)
      return
    }
    let server = try #require(records[pair.serverInode])
    let client = try #require(records[pair.clientInode])
    #expect(server.name == name && client.name == nil && server.isStream && server.state == .established)
    #expect(server.peer == client.inode && client.peer == server.inode)
    let listener = try #require(records[pair.listenerInode])
    #expect(listener.state == .listen && listener.name == name && listener.peer == nil)
  }

  @Test func `raw sockets are listed, or the kernel's lack is told`() throws {
    do {
      try diagnosis.dumpRaw { #expect($0.transport != .tcp) }
    } catch let error {
      #expect(error.code == .unsupported && error.description.contains("raw sockets"))
    }
  }

  @Test func `a prefix of IPv4 matches dual-stack sockets in a dump`() throws {
    let connection = try TestConnection(at: "127.0.0.1", isDualStack: true)
    var found: [SocketRecord] = []
    let filter = SocketFilter(
      states: .established, localPort: connection.flow.destination.port, remote: Prefix("127.0.0.1/32"))
    try diagnosis.dump(.tcp, filter: filter) { found.append($0) }
    #expect(try found.map(\.inode) == [connection.server.inode])
  }

  @Test func `another question may be asked while a dump comes in`() throws {
    let connection = try TestConnection(at: "127.0.0.1")
    var agreed = false
    try diagnosis.dump(.tcp, filter: SocketFilter(localPort: connection.flow.source.port)) { record in
      agreed =
        (try? diagnosis.get(record.flow)) == record
        || (try? diagnosis.get(record.flow))?.cookie == record.cookie
    }
    #expect(agreed)
  }

  @Test func `many tasks may ask at once`() async throws {
    let connection = try TestConnection(at: "127.0.0.1")
    let inode = try connection.client.inode
    let diagnosis = diagnosis
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<8 {
        group.addTask {
          try (0..<100).filter { _ in try diagnosis.get(connection.flow)?.inode == inode }.count
        }
      }
      for try await right in group { #expect(right == 100) }
    }
    #expect(try diagnosis.get(connection.flow) != nil)
  }

  @Test func `a protocol without diagnosis is unsupported, not empty`() throws {
    let error = #expect(throws: NetlinkError.self) { try diagnosis.dump(Transport(250)) { _ in } }
    #expect(error?.code == .unsupported)
  }

  @Test func `a missing namespace is named in the error`() throws {
    let error = #expect(throws: NetlinkError.self) {
      try NetworkNamespaceSockets(namespace: "/run/netns/absent-for-test")
    }
    #expect(error?.code == .notFound && error?.operation == "open /run/netns/absent-for-test")
  }
}

@Suite(.enabled(if: TestHost.isRoot, "needs root to make a network namespace"))
struct DestroyedSocketsTests {
  @Test func `a closed connection is reported with its last counters`() throws {
    let namespace = try NetworkNamespaceDescriptor.anonymous()
    let sockets = NetworkNamespaceSockets(namespace)
    var destroyed = try SocketDiagnosis(sockets).destroyedSockets()
    let flow = try sockets.inside(operation: "exchange", exchangeAndClose)
    var last: SocketRecord?
    for _ in 0..<20 where last == nil {
      last = try destroyed.receive(timeoutMilliseconds: 500).first { $0.flow == flow }
    }
    let record = try #require(last)
    #expect(record.transport == .tcp && record.state == .close && record.cookie != 0)
    #expect(record.tcp?.bytesSent == 1234)
    // The other end's FIN counts as a byte, if it came first.
    #expect([7, 8].contains(record.tcp?.bytesReceived))
    #expect(destroyed.overruns == 0)
    #expect(try destroyed.receive(timeoutMilliseconds: 0).allSatisfy { $0.flow != flow }, "reported once")
  }

  @Test func `a closed UDP socket is reported`() throws {
    let sockets = NetworkNamespaceSockets(try NetworkNamespaceDescriptor.anonymous())
    var destroyed = try SocketDiagnosis(sockets).destroyedSockets()
    let port = try sockets.inside(operation: "open and close") {
      let client = try TestSocket(.udp, boundTo: "[::1]:0")
      try client.connect(to: Endpoint(.v6(1), 9))
      return try client.port
    }
    var last: SocketRecord?
    for _ in 0..<20 where last == nil {
      last = try destroyed.receive(timeoutMilliseconds: 500).first { $0.local == Endpoint(.v6(1), port) }
    }
    #expect(last?.transport == .udp && last?.tcp == nil)
  }

  /// The connection's sockets close when this returns: nobody else holds them.
  private func exchangeAndClose() throws -> Flow {
    let connection = try TestConnection(at: "127.0.0.1")
    try connection.client.send(1234)
    try connection.server.receive(1234)
    try connection.server.send(7)
    try connection.client.receive(7)
    return connection.flow
  }
}
