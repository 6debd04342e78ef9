internal import Flows
internal import LinuxSystem
internal import Netlink

/// One network namespace under the fallback meter's eyes.
final class WatchedNamespace {
  let id: NamespaceID
  /// When it was first missing, on the monotonic clock.
  var leftAt: Double?
  /// Why closing sockets are not heard of; nil if they are.
  private(set) var deafness: NetlinkError?

  private let diagnosis: SocketDiagnosis
  private var destroyed: DestroyedSockets?
  private var connections: TCPConnections
  private var reportedOverruns = 0

  /// - Parameter isNew: whether all its sockets are younger than the meter.
  init(_ id: NamespaceID, _ sockets: NetworkNamespaceSockets, isNew: Bool = false) {
    self.id = id
    diagnosis = SocketDiagnosis(sockets)
    connections = TCPConnections(namespace: id, countsFromZero: isNew)
  }

  /// Listens first, then looks: whatever closes in between is heard of.
  func start() throws(NetlinkError) {
    do throws(NetlinkError) {
      destroyed = try diagnosis.destroyedSockets()
    } catch {
      deafness = error
    }
    connections.hearsClosing = deafness == nil
    try poll()
    drain()
    connections.didStart()
  }

  var descriptors: [Int32] {
    switch destroyed {
    case .some(let destroyed): [destroyed.number]
    case .none: []
    }
  }

  /// Takes the sockets that have closed.
  func drain() {
    guard destroyed != nil else { return }
    do throws(NetlinkError) {
      // Bounded, so that a storm of connections cannot keep the meter here.
      for _ in 0..<16 {
        let records = try destroyed?.receive(timeoutMilliseconds: 0) ?? []
        for record in records where record.transport == .tcp { connections.close(record) }
        if records.isEmpty { return }
      }
    } catch {
      deafness = error
      destroyed = nil
      connections.hearsClosing = false
    }
  }

  /// Reads all connections' counters. Shell counterpart: `ss -Htani`.
  func poll() throws(NetlinkError) {
    connections.beginPoll()
    let filter = SocketFilter(states: SocketStates.connected.union(.listening))
    let summary = try diagnosis.dump(.tcp, filter: filter, withStatistics: true) { connections.see($0) }
    connections.endPoll(isComplete: !summary.wasInterrupted)
  }

  func take() -> [SocketTraffic] { connections.take() }

  /// How often the kernel's queue was full since the last call.
  func takeOverruns() -> Int {
    let total: Int
    switch destroyed {
    case .some(let destroyed): total = destroyed.overruns
    case .none: total = reportedOverruns
    }
    defer { reportedOverruns = total }
    return total - reportedOverruns
  }
}
