internal import CTraffic
internal import Flows
internal import LinuxSystem
internal import Meter

/// Compares what a meter read with what one end of the traffic reports itself.
struct Attribution {
  let kind: TrafficKind
  let wire: (near: Place, far: Place)
  /// The receivers' ports, or the identifier of ICMP echoes.
  let ports: Range<UInt16>
  private let processes = ProcessFiles()

  init(_ kind: TrafficKind, wire: (near: Place, far: Place), ports: Range<UInt16>) {
    self.kind = kind
    self.wire = wire
    self.ports = ports
  }

  func side(
    _ role: SelfTestSide.Role, pid: Int32, report: hw_traffic_report, rows: [SocketTraffic],
    inodes: SocketInodeOwners?
  ) -> SelfTestSide {
    let forked = report.ownerPIDs
    let token = role == .sender ? "tx" : "rx"
    let name = forked.isEmpty ? String("hw-\(kind.token)-\(token)".prefix(15)) : report.ownerName
    let expectedPIDs = forked.isEmpty ? [pid] : forked
    let mine = rows.filter { belongs($0, to: role) }

    var bytes: [FoundOwner: UInt64] = [:]
    var isRight = !mine.isEmpty
    var seen: Set<Int32> = []
    for row in mine {
      let owner = owner(of: row, inodes)
      bytes[owner, default: 0] += row.traffic.bytes
      if let pid = owner.pid { seen.insert(pid) }
      // Handshakes belong to the listener, even if another process accepts.
      let isListener = row.remote == nil && owner.pid == pid
      if !isListener, owner.name != name || !expectedPIDs.contains(owner.pid ?? 0) { isRight = false }
    }
    isRight = isRight && seen.isSuperset(of: expectedPIDs)
    return SelfTestSide(
      role: role, expectedName: name, expectedPIDs: expectedPIDs,
      found: bytes.sorted { $0.value > $1.value }.map(\.key), ownerRight: isRight,
      expected: Traffic(
        bytesIn: report.network_in, bytesOut: report.network_out, packetsIn: report.messages_in,
        packetsOut: report.messages_out),
      counted: mine.reduce(Traffic()) { $0 + $1.traffic },
      payloadExpected: kind.countsPayload ? report.payload_in + report.payload_out : nil,
      payloadCounted: kind.countsPayload ? payload(of: mine) : nil, retransmitted: report.retransmitted)
  }

  /// Each socket's payload once; the meter does not repeat it on other rows.
  private func payload(of rows: [SocketTraffic]) -> UInt64 {
    rows.reduce(0) { $0 + ($1.payloadIn ?? 0) + ($1.payloadOut ?? 0) }
  }

  private func belongs(_ row: SocketTraffic, to role: SelfTestSide.Role) -> Bool {
    guard row.transport == kind.transport else { return false }
    guard row.namespace == (role == .sender || kind.isLocal ? wire.near : wire.far) else { return false }
    guard kind.transport.hasPorts else {
      return kind.hasReceiver || ports.contains(row.local.port)
    }
    let isReceiver = ports.contains(row.local.port)
    if role == .receiver { return isReceiver }
    return !isReceiver && (row.remote.map { ports.contains($0.port) } ?? true)
  }

  private func owner(
    of row: SocketTraffic, _ inodes: SocketInodeOwners?
  ) -> FoundOwner {
    switch row.holder {
    case .task(let task): return FoundOwner(name: task.name, pid: task.pid)
    case .kernel: return FoundOwner(name: "the kernel", pid: nil)
    case .unknown(let reason): return FoundOwner(name: "unknown: \(reason)", pid: nil)
    case .inode(let inode, _):
      // The lowest pid, as everywhere: from outside it can't be seen which holder of a socket used it.
      guard inode != 0, let pid = inodes?.pids(holding: UInt64(inode)).first else {
        return FoundOwner(name: "unknown: no process holds the socket any more", pid: nil)
      }
      return FoundOwner(name: processes.stat(pid)?.name ?? "?", pid: pid)
    }
  }
}
