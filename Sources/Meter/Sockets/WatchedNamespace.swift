internal import Flows
internal import LinuxSystem
internal import Netlink

/// One network namespace that the fallback meter watches.
final class WatchedNamespace {
  let id: Place
  /// When it was first missing, on the monotonic clock.
  var leftAt: Double?
  /// Why the kernel does not notify of closing sockets; nil if it does.
  private(set) var deafness: NetlinkError?

  /// Why only the TCP traffic of local sockets is counted; nil if everything is.
  private(set) var blindness: NetlinkError?

  private let sockets: NetworkNamespaceSockets
  private let diagnosis: SocketDiagnosis
  private var packets: PacketWatch?
  private var destroyed: DestroyedSockets?
  private var connections: TCPConnections
  private var reportedOverruns = 0

  /// - Parameter isNew: whether all its sockets are younger than the meter.
  init(_ id: Place, _ sockets: NetworkNamespaceSockets, isNew: Bool = false) {
    self.id = id
    self.sockets = sockets
    diagnosis = SocketDiagnosis(sockets)
    connections = TCPConnections(namespace: id, countsFromZero: isNew)
  }

  /// Starts notifications first and reads the sockets then, so that no closing socket is missed.
  ///
  /// - Parameter kibibytes: memory for packets that wait to be read.
  func start(kibibytes: Int) throws(NetlinkError) {
    do throws(NetlinkError) {
      packets = try PacketWatch(id, sockets, kibibytes: kibibytes)
    } catch {
      blindness = error
    }
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
    var descriptors = packets.map { [$0.descriptor] } ?? []
    switch destroyed {
    case .some(let destroyed): descriptors.append(destroyed.number)
    case .none: break
    }
    return descriptors
  }

  /// Reads the waiting packets and the notifications of closed sockets.
  func drain() {
    packets?.drain()
    guard destroyed != nil else { return }
    do throws(NetlinkError) {
      // Bounded, so that a flood of connections can't keep the meter busy here.
      for _ in 0..<16 {
        let records = try destroyed?.receive(timeoutMilliseconds: 0) ?? []
        for record in records {
          if record.transport == .tcp { connections.close(record) } else { packets?.close(record) }
        }
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
    packets?.poll()
    connections.beginPoll()
    let filter = SocketFilter(states: SocketStates.connected.union(.listening))
    let summary = try diagnosis.dump(.tcp, filter: filter, withStatistics: true) { connections.see($0) }
    connections.endPoll(isComplete: !summary.wasInterrupted)
  }

  /// The inodes of TCP sockets that appeared since the last call.
  func takeFresh() -> [UInt32] { connections.takeFresh() }

  /// Moves what was counted since the last call into `reading`.
  func take(into reading: inout MeterReading) {
    // This must happen before the closed connections are dropped.
    packets?.take(connections.flows, into: &reading)
    reading.sockets += connections.take()
    let overruns = overruns
    if overruns > reportedOverruns {
      reading.notes.append(
        "namespace \(id.namespace): the kernel could not queue all closing sockets, \(overruns - reportedOverruns) times"
      )
    }
    reportedOverruns = overruns
  }

  private var overruns: Int {
    switch destroyed {
    case .some(let destroyed): destroyed.overruns
    case .none: reportedOverruns
    }
  }
}
