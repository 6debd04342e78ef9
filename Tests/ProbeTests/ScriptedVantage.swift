import Flows
import LinuxSystem
import Questions
import Synchronization
import VantageDoubles

/// A host whose answers are made up, and which can be made to wait.
final class ScriptedVantage: ScriptedAnswers {
  let host = "inner"
  private struct State {
    var held: [CheckedContinuation<Void, Never>] = []
    var isHolding = true
    var begun = 0
    var withdrawn = 0
  }
  private let state = Mutex(State())

  var begun: Int { state.withLock { $0.begun } }
  var withdrawn: Int { state.withLock { $0.withdrawn } }

  /// Lets questions that wait be answered.
  func release() {
    let held = state.withLock { state in
      state.isHolding = false
      defer { state.held = [] }
      return state.held
    }
    for continuation in held { continuation.resume() }
  }

  private func hold() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let mustWait = state.withLock { state in
          state.begun += 1
          if state.isHolding, !Task.isCancelled { state.held.append(continuation) } else { return false }
          return true
        }
        if !mustWait { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.withdrawn += 1 }
      release()
    }
  }

  static let owner = Owner(
    process: Process(
      pid: 811, startTime: 1_745_161_037.25, name: "squid", executable: "/usr/sbin/squid",
      command: ["squid", "-N", "é\n"],
      uid: 13, user: "proxy", parents: [Process.Ancestor(pid: 1, name: "systemd")]),
    container: Container(runtime: "docker", id: "ab12", name: "openvpn", labels: ["a.b": "c"]), unit: "squid.service")

  static func flow(_ port: UInt16) -> Flow {
    Flow(.tcp, from: Endpoint(.v4(0x0A00_07F8), port), to: Endpoint(.v6(UInt128(0xFD50) << 112 | 2), 3129))
  }

  static let interval: Interval = {
    let flows = (0..<50).map { (index: Int) -> FlowTraffic in
      let traffic = Traffic(bytesIn: 1 << 50, bytesOut: UInt64(index), packetsIn: 1, packetsOut: 2)
      let interface: String? = index == 5 ? nil : "eth0"
      let cookie = UInt64.max - UInt64(index)
      return FlowTraffic(
        namespace: Place(namespace: 4_026_531_833), namespaceName: index % 2 == 0 ? "host" : "container web",
        role: .responder, flow: flow(UInt16(index)), translated: index == 3 ? flow(9) : nil,
        owner: index == 7 ? Owner(reason: "gone") : owner,
        traffic: traffic, interface: interface, cookie: cookie)
    }
    let entry = LedgerEntry(
      namespace: Place(namespace: 1), namespaceName: "host", interface: "eth0", total: Traffic(bytesIn: 5),
      nonIP: Traffic(bytesIn: 1), reasons: ["ARP"])
    return Interval(
      host: "inner", started: "2025-04-20T14:57:17Z", seconds: 2.5, meter: "ebpf", flows: flows, ledger: [entry],
      notes: ["one"])
  }()

  static let inventory = Inventory(
    host: "inner",
    namespaces: [
      NamespaceDescription(
        id: Place(namespace: 7), name: "host", isHost: true, pid: 1,
        interfaces: [
          Interface(
            index: 2, name: "eth0", hardwareAddress: "aa:bb:cc:dd:ee:ff",
            addresses: [InterfaceAddress(address: .v4(1), prefixLength: 24)],
            peer: Interface.Peer(namespace: Place(namespace: 8), index: 3))
        ])
    ],
    containers: [
      ContainerDescription(container: Container(runtime: "docker", id: "1"), namespace: nil, pid: 9)
    ], processNames: ["squid", "init"], notes: [])

  func inventory() async throws -> Inventory { Self.inventory }
  func process(_ pid: Int32) async throws -> Process? { pid == 811 ? Self.owner.process : nil }

  func measured(for seconds: Double) async throws -> Interval {
    if seconds > 100 { await hold() }
    return Self.interval
  }

  func begun() async throws { state.withLock { $0.begun += 1 } }

  /// An interval that is not given until `release`.
  static let heldWindow = 0.125

  /// More than 100 seconds wait; the interval is as long as it was asked for.
  func next(after seconds: Double) async throws -> Interval {
    if seconds > 100 || seconds == Self.heldWindow { await hold() }
    try Task.checkCancellation()
    var interval = Self.interval
    interval.seconds = seconds
    return interval
  }

  static let files = [
    CollectedFile(container: nil, path: "/etc/a.cfg", content: Array("a é\n".utf8)),
    CollectedFile(container: "web", path: "/b", content: [0, 255, 10, 0xC3]),
  ]

  func files(_ pids: [Int32]) async throws -> [CollectedFile] { pids == [811, 3] ? Self.files : [] }

  /// Source port 1 waits; otherwise the port comes back in the answer.
  func translation(_ flow: Flow, _ namespace: Place) async throws -> Translation? {
    if flow.source.port == 1 { await hold() }
    if namespace.namespace == 0 { return nil }
    return Translation(original: flow, translated: flow.reversed)
  }

  func socket(_ flow: Flow, _ namespace: Place) async throws -> SocketAnswer? {
    SocketAnswer(owner: Self.owner, state: "established")
  }

  func listedSockets() async throws -> [SocketListing] { [] }
  func owner(_ pid: Int32) async throws -> Owner? {
    if pid == 1 { throw SystemError("read /proc/1/stat", .accessDenied) }
    if pid == 2 { throw CancellationError() }
    return pid == 811 ? Self.owner : nil
  }

  func route(_ address: IPAddress, _ namespace: Place) async throws -> RouteAnswer? {
    RouteAnswer(interface: 2, gateway: address, isLocal: false)
  }

  func neighbour(_ address: IPAddress, _ namespace: Place) async throws -> NeighbourAnswer? {
    NeighbourAnswer(interface: 2, hardwareAddress: "aa:bb:cc:dd:ee:ff")
  }

  func tunnel(_ address: IPAddress, _ interface: UInt32, _ namespace: Place) async throws
    -> TunnelAnswer?
  {
    var tunnel = Tunnel(type: "openvpn", interface: "tun\(interface)")
    tunnel.address = address
    return TunnelAnswer(tunnel: tunnel, owner: Self.owner, certainty: .observed)
  }

  func relay(_ pid: Int32, _ namespace: Place) async throws -> RelayAnswer? {
    RelayAnswer(
      software: "haproxy", isRelay: true, isOneToOne: true,
      sessions: [
        RelayLink(
          namespace: Place(namespace: 1), inbound: Self.flow(1), outbound: Self.flow(2), method: .session)
      ],
      frontends: [
        RelayFrontend(
          name: "f", listens: [RelayFrontend.Listen(address: nil, ports: 80...81)], backends: ["b"],
          configuration: "/a:1")
      ])
  }

  func counters(_ pids: Set<Int32>, _ namespace: Place) async throws -> CounterSnapshot {
    CounterSnapshot(
      began: 1.5, ended: 2,
      sockets: [
        SocketCounters(
          cookie: .max, namespace: Place(namespace: 1), flow: Self.flow(4), role: .inbound, received: 5,
          writtenAtLeast: 6)
      ], notes: ["\(pids.sorted())"])
  }
}
