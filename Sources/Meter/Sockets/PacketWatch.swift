internal import Flows
internal import LinuxSystem
internal import Netlink

/// Captures one namespace's packets other than those of local TCP sockets.
final class PacketWatch {
  /// For how many seconds addresses and ports are cached.
  private static let trust = 1.0
  /// Transports whose sockets sock_diag can list.
  private static let listed: [Transport] = [.udp, .udpLite, .sctp]

  private let namespace: Place
  private let sockets: NetworkNamespaceSockets
  private var ring: PacketRing
  private var accounts = PacketAccounts()
  private var datagrams = DatagramSockets()
  private var network: LocalNetwork
  private var networkRead = MonotonicClock.seconds
  private var unlisted: Set<Transport> = []
  /// What could not be read since the last call of `take`.
  private var unread: Set<String> = []

  /// Starts to capture; needs `CAP_NET_RAW`.
  init(_ namespace: Place, _ sockets: NetworkNamespaceSockets, kibibytes: Int) throws(NetlinkError) {
    self.namespace = namespace
    self.sockets = sockets
    let network = try LocalNetwork(sockets)
    self.network = network
    let operation = "copy packets"
    let handle = try sockets.inside(operation: operation) {
      try PacketRing.open(kibibytes: kibibytes, withTCP: network.forwards)
    }
    do throws(SystemError) { ring = try PacketRing(owning: handle) } catch {
      throw NetlinkError(.failed, operation, errno: error.errno)
    }
    accounts.ports = network.ports
  }

  var descriptor: Int32 { ring.number }

  func drain() { ring.read { accounts.add($0) } }

  func close(_ record: SocketRecord) { datagrams.close(record) }

  func poll() {
    let now = MonotonicClock.seconds
    if now - networkRead > Self.trust { readNetwork(now) }
    let diagnosis = SocketDiagnosis(sockets)
    datagrams.beginPoll()
    var isComplete = true
    for transport in Self.listed where !unlisted.contains(transport) {
      do throws(NetlinkError) {
        if try diagnosis.dump(transport, { datagrams.see($0) }).wasInterrupted { isComplete = false }
      } catch {
        if error.code == .unsupported { unlisted.insert(transport) } else { isComplete = false }
      }
    }
    if isComplete { datagrams.endPoll() }
    if accounts.sawPackets {
      accounts.sawPackets = false
      readTables()
    }
  }

  private func readNetwork(_ now: Double) {
    do {
      let fresh = try LocalNetwork(sockets)
      if fresh.forwards != network.forwards { try ring.want(tcp: fresh.forwards) }
      network = fresh
      accounts.ports = fresh.ports
      networkRead = now
    } catch {
      unread.insert("packets are assigned by the addresses of \(Int(now - networkRead)) s ago: \(error)")
    }
  }

  /// Adds the traffic since the last call to `reading`.
  ///
  /// - Parameter connections: the connections of local TCP sockets, from their local end.
  func take(_ connections: @autoclosure () -> Set<Flow>, into reading: inout MeterReading) {
    datagrams.sort()
    PacketSorter(namespace, network, datagrams, network.forwards ? connections() : [])
      .sort(accounts, into: &reading)
    if accounts.rest.packets > 0 {
      reading.notes.append(
        "namespace \(namespace.namespace): too many flows; \(accounts.rest.bytes) bytes are not assigned to a flow")
    }
    let drops = ring.takeDrops()
    if drops > 0 {
      reading.notes.append("namespace \(namespace.namespace): \(drops) packets came too fast to be read")
    }
    reading.notes += unread.sorted().map { "namespace \(namespace.namespace): \($0)" }
    unread = []
    accounts.clear()
    datagrams.forgetClosed()
  }

  /// Reads sockets that sock_diag does not list: ICMP sockets on any kernel, and raw ones on many
  /// (`CONFIG_INET_RAW_DIAG`). Shell counterpart: `cat /proc/net/icmp /proc/net/icmp6 /proc/net/raw /proc/net/raw6`.
  private func readTables() {
    let names = ["icmp", "icmp6", "raw", "raw6"]
    do throws(NetlinkError) {
      let tables = try sockets.inside(operation: "list ICMP and raw sockets") {
        try names.map { name in (name, try Self.table(name)) }
      }
      datagrams.readTables(tables)
    } catch {
      unread.insert("\(error)")
    }
  }

  /// The table's text; empty if this kernel does not have the protocol.
  private static func table(_ name: String) throws(SystemError) -> [UInt8] {
    do throws(SystemError) {
      return try Descriptor(reading: "/proc/thread-self/net/\(name)").readToEnd()
    } catch  where error.errno.isAbsence { return [] }
  }
}
