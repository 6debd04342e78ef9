internal import Flows
internal import LinuxSystem
internal import Netlink

/// The TCP connections of one namespace, and what they moved since the last reading.
struct TCPConnections {
  /// How many connections that are in no table any more are remembered, in case a notification about them still
  /// arrives.
  private static let vanishedLimit = 65536

  private struct Connection {
    var local: Endpoint
    var remote: Endpoint
    var interface: UInt32
    var inode: UInt32 = 0
    var uid: UInt32 = 0
    var last: TCPStatistics
    var moved = TCPCounters()
    /// The last poll that saw it.
    var poll = 0
    var closed = false
    /// Whether the other end's FIN was received. The kernel counts it as a byte, which is subtracted once.
    var sawFinish = false
    var removedFinish = false
  }

  /// Whether the kernel notifies of closing sockets; otherwise a socket that is missing in a poll has closed.
  var hearsClosing = true

  private let namespace: Place
  private let started = MonotonicClock.seconds
  /// Whether the whole counter of a connection that is seen for the first time counts. In the first poll it does not:
  /// that poll's counters are where counting starts.
  private var countsFromZero: Bool
  private var isStarting = true
  private var poll = 0
  private var connections: [UInt64: Connection] = [:]
  /// The inodes of sockets seen for the first time since the last `takeFresh`.
  private var fresh: [UInt32] = []
  private var listeners: Set<Endpoint> = []
  private var nextListeners: Set<Endpoint> = []
  /// Listeners that closed since the last reading; they still determine the roles of their connections.
  private var formerListeners: Set<Endpoint> = []

  init(namespace: Place, countsFromZero: Bool) {
    self.namespace = namespace
    self.countsFromZero = countsFromZero
  }

  /// Ends the first poll: sockets that are seen for the first time from now on are new.
  mutating func didStart() {
    countsFromZero = true
    isStarting = false
  }

  mutating func beginPoll() {
    poll += 1
    nextListeners.removeAll(keepingCapacity: true)
  }

  mutating func see(_ record: SocketRecord) {
    if record.state == .listen {
      nextListeners.insert(record.local)
      return
    }
    guard record.cookie != 0, let now = record.tcp else { return }
    var connection = update(record, now, countsFromZero: countsFromZero)
    connection.poll = poll
    if record.inode != 0, connection.inode == 0 { fresh.append(record.inode) }
    if record.inode != 0 { (connection.inode, connection.uid) = (record.inode, record.uid) }
    switch record.state {
    case .closeWait, .lastAcknowledgement, .closing: connection.sawFinish = true
    default: break
    }
    connections[record.cookie] = connection
  }

  mutating func endPoll(isComplete: Bool) {
    guard isComplete else {
      listeners.formUnion(nextListeners)
      return
    }
    formerListeners.formUnion(listeners.subtracting(nextListeners))
    listeners = nextListeners
    let vanished = connections.filter { $0.value.poll != poll && !$0.value.closed }
    if !hearsClosing {
      for cookie in vanished.keys { connections[cookie]?.closed = true }
    } else if vanished.count > Self.vanishedLimit {
      // Connections that were reset while their processes keep the dead sockets; and those whose end was lost in an
      // overrun.
      for cookie in vanished.keys where connections[cookie]?.moved.isZero == true { connections[cookie] = nil }
    }
  }

  /// Adds the last counters of a socket that the kernel destroyed. `record` has no inode, user and state.
  mutating func close(_ record: SocketRecord) {
    guard record.remote.port != 0 else {
      if record.local.port != 0 { formerListeners.insert(record.local) }
      return
    }
    guard record.cookie != 0, let now = record.tcp else { return }
    if connections[record.cookie] == nil {
      // It closed while the meter started, or was in no table even then: it was reset before, and its process closed it
      // only now.
      let age = (MonotonicClock.seconds - started) * 1000 + 1000
      let idle = Double(min(now.millisecondsSinceSent, now.millisecondsSinceReceived))
      if isStarting || idle > age { return }
    }
    var connection = update(record, now, countsFromZero: true)
    connection.closed = true
    connections[record.cookie] = connection
  }

  private func update(_ record: SocketRecord, _ now: TCPStatistics, countsFromZero: Bool) -> Connection {
    var connection =
      connections[record.cookie]
      ?? Connection(local: record.local, remote: record.remote, interface: record.interfaceIndex, last: now)
    let earlier = connections[record.cookie].map(\.last) ?? (countsFromZero ? nil : now)
    connection.moved.add(now, since: earlier, isV4: record.local.address.isV4)
    connection.last = now
    return connection
  }

  /// The inodes of sockets that appeared since the last call, whose processes may end soon.
  mutating func takeFresh() -> [UInt32] {
    defer { fresh.removeAll(keepingCapacity: true) }
    return fresh
  }

  /// The flows from the local end, including those of connections that closed since the last reading.
  var flows: Set<Flow> { Set(connections.values.map { Flow(.tcp, from: $0.local, to: $0.remote) }) }

  /// A row for every connection with traffic since the last call.
  mutating func take() -> [SocketTraffic] {
    var rows: [SocketTraffic] = []
    for (cookie, connection) in connections {
      var connection = connection
      let role = role(of: connection.local)
      if finished(connection, role), !connection.removedFinish {
        connection.moved.removeFinish()
        connection.removedFinish = true
      }
      if !connection.moved.isZero { rows.append(row(cookie, connection, role)) }
      connection.moved = TCPCounters()
      connections[cookie] = connection.closed ? nil : connection
    }
    formerListeners.removeAll()
    return rows
  }

  private func role(of local: Endpoint) -> FlowTraffic.Role {
    let covering = [local, Endpoint(.anyV4, local.port), Endpoint(.anyV6, local.port)]
    let isResponder = covering.contains { listeners.contains($0) || formerListeners.contains($0) }
    return isResponder ? .responder : .initiator
  }

  /// Whether the other end's FIN is among the received bytes. A socket that was destroyed with its own FIN acknowledged
  /// has usually received one; the exception is an end that closed first and did not wait.
  private func finished(_ connection: Connection, _ role: FlowTraffic.Role) -> Bool {
    if connection.sawFinish { return true }
    guard connection.closed, let marks = connection.last.acknowledgedMarks else { return false }
    return marks >= (role == .responder ? 1 : 2)
  }

  private func row(_ cookie: UInt64, _ connection: Connection, _ role: FlowTraffic.Role) -> SocketTraffic {
    SocketTraffic(
      cookie: cookie, namespace: namespace, transport: .tcp, local: connection.local, remote: connection.remote,
      role: role,
      holder: connection.inode != 0
        ? .inode(connection.inode, uid: connection.uid)
        : .unknown(reason: "the connection closed before its process was read"),
      traffic: connection.moved.traffic, surplus: Traffic(), payloadIn: connection.moved.payloadIn,
      payloadOut: connection.moved.payloadOut, inInterface: connection.interface, outInterface: connection.interface,
      closed: connection.closed, isSeeded: connection.inode != 0)
  }
}
