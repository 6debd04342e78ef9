internal import CMeter
internal import Flows
internal import LinuxSystem

/// The state of watching relays: the pairing, and what its numbers stand for.
struct RelayWatchState {
  struct Identity {
    let pid: Int32?
    let startTime: UInt64
    let name: String
  }
  struct Addresses {
    let tuple: hw_tuple
    let namespace: Place
  }

  let relay: OpaquePointer
  var report: [hw_meter_program]
  var notes: [String] = []
  private var pairing = CausalPairing()
  var unfollowed: Int { pairing.dropped }
  private var processes: [UInt32: Identity] = [:]
  private var addresses: [UInt64: Addresses] = [:]

  init(relay: OpaquePointer, report: [hw_meter_program]) {
    self.relay = relay
    self.report = report
  }

  @discardableResult mutating func take() -> Int {
    withUnsafeMutablePointer(to: &self) { state in
      Int(
        hw_relay_take(
          state.pointee.relay,
          { event, state in
            if let event { state?.assumingMemoryBound(to: RelayWatchState.self).pointee.add(event) }
          }, state))
    }
  }

  /// - Parameter record: as long as its kind says.
  private mutating func add(_ record: UnsafePointer<hw_relay_event>) {
    let event = record.pointee
    switch Int32(event.kind) {
    case HW_RELAY_PROCESS:
      let process = UnsafeRawPointer(record).loadUnaligned(as: hw_relay_process.self)
      processes[event.process] = Identity(
        pid: process.tgid == 0 ? nil : Int32(truncatingIfNeeded: process.tgid), startTime: process.start_boottime_ns,
        name: withUnsafeBytes(of: process.comm) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    case HW_RELAY_SOCKET:
      let socket = UnsafeRawPointer(record).loadUnaligned(as: hw_relay_socket.self)
      addresses[event.cookie] = Addresses(
        tuple: socket.tuple, namespace: Place(namespace: UInt64(socket.network_namespace)))
    default:
      if let event = RelayEvent(event) { pairing.add(event) }
    }
  }

  mutating func links() -> [CausalLink] {
    var servers: [Endpoint: Int] = [:]
    var numbers: [UInt64: Int] = [:]
    for (cookie, address) in addresses {
      numbers[cookie] = servers[address.tuple.remoteEndpoint, default: servers.count]
      servers[address.tuple.remoteEndpoint] = numbers[cookie]
    }
    return pairing.pairs(destination: { numbers[$0] ?? -1 }).compactMap(link) + pairing.initiatives().compactMap(link)
  }

  private func link(_ initiative: CausalPairing.Initiative) -> CausalLink? {
    guard let process = processes[initiative.process], let made = addresses[initiative.outbound] else { return nil }
    return CausalLink(
      pid: process.pid, startTime: process.startTime, name: process.name, namespace: made.namespace,
      outbound: made.tuple.flow, outboundCookie: initiative.outbound, exchanges: initiative.sends, bytesOut: 0,
      bytesIn: 0, candidates: 0, isUnprompted: true)
  }

  private func link(_ pair: CausalPairing.Pair) -> CausalLink? {
    guard let process = processes[pair.process], let made = addresses[pair.outbound] else { return nil }
    let accepted = pair.inbound.flatMap { addresses[$0] }
    if pair.inbound != nil, accepted == nil { return nil }
    return CausalLink(
      pid: process.pid, startTime: process.startTime, name: process.name, namespace: made.namespace,
      inbound: accepted?.tuple.flow.reversed, inboundNamespace: accepted?.namespace, inboundCookie: pair.inbound,
      outbound: made.tuple.flow, outboundCookie: pair.outbound, exchanges: pair.exchanges, bytesOut: pair.bytesOut,
      bytesIn: pair.bytesIn, candidates: pair.candidates)
  }
}

extension RelayEvent {
  init?(_ record: hw_relay_event) {
    let kind: Kind
    switch Int32(record.kind) {
    case HW_RELAY_CONNECT: kind = .connect
    case HW_RELAY_SEND: kind = .send(bytes: Int(record.length))
    case HW_RELAY_RECEIVE: kind = record.length < 0 ? .receiveInVain : .receive(bytes: Int(record.length))
    case HW_RELAY_CLOSE: kind = .close
    case HW_RELAY_OTHER: kind = .other
    default: return nil
    }
    self.init(
      kind, time: record.boottime_ns, process: record.process, thread: record.thread, socket: record.cookie,
      isOutbound: record.outbound != 0, lost: record.lost, buffer: record.address)
  }
}
