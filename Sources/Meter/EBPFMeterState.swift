internal import CMeter
internal import Flows
internal import LinuxSystem

/// What the eBPF meter keeps between readings: the kernel's counters only grow, an interval is their difference.
struct EBPFMeterState {
  let meter: OpaquePointer
  private var previous: [UInt64: hw_socket] = [:]
  private var previousFlows: [FlowKey: hw_flow_value] = [:]
  private var previousForwards: [ForwardKey: hw_direction] = [:]
  private var previousLeftovers: [LeftoverKey: hw_direction] = [:]
  private var previousOverflow: [UInt64] = [0, 0, 0, 0]
  private var closed: [hw_socket] = []
  private var lastReading = MonotonicClock.seconds
  private var dropReasons: [UInt32: String] = [:]

  init(meter: OpaquePointer) { self.meter = meter }

  /// Takes the closed sockets out of the ring buffer before it fills up.
  mutating func drain() {
    withUnsafeMutablePointer(to: &closed) { list in
      _ = hw_meter_read_closed(
        meter,
        { record, list in
          if let record { list?.assumingMemoryBound(to: [hw_socket].self).pointee.append(record.pointee) }
        },
        list)
    }
  }

  mutating func read() throws -> MeterReading {
    var reading = MeterReading()
    let now = MonotonicClock.seconds
    reading.seconds = now - lastReading
    lastReading = now

    var live: [hw_socket] = []
    let status = withUnsafeMutablePointer(to: &live) { list in
      hw_meter_read_sockets(
        meter,
        { record, list in
          if let record { list?.assumingMemoryBound(to: [hw_socket].self).pointee.append(record.pointee) }
        },
        list)
    }
    guard status == 0 else { throw MeterError(.failed, "read the meter's sockets", cause: "\(Errno(-status))") }
    readFrames(into: &live)
    // After the live ones: a socket that closes in between is then in both, and its last record counts the difference.
    drain()

    var moved: [UInt64: hw_socket] = [:]
    for record in live + closed {
      reading.sockets += traffic(of: record)
      moved[record.cookie] = record
      if record.has(HW_SOCKET_CLOSED) { previous[record.cookie] = nil } else { previous[record.cookie] = record }
    }
    let ended = Set(closed.map(\.cookie))
    closed.removeAll(keepingCapacity: true)
    readFlows(of: moved, ended: ended, into: &reading)
    readForwards(into: &reading)
    readLeftovers(into: &reading)
    noteOverflow(in: &reading)
    return reading
  }

  // MARK: Sockets

  private func traffic(of record: hw_socket) -> [SocketTraffic] {
    let before = previous[record.cookie]
    let main = Traffic(in: record.in, out: record.out, since: (before?.in, before?.out))
    let lost = Traffic(in: record.lost_in, out: record.lost_out, since: (before?.lost_in, before?.lost_out))
    let payload = (
      record.payload_in &- (before?.payload_in ?? 0), record.payload_out &- (before?.payload_out ?? 0)
    )
    var result: [SocketTraffic] = []
    if !main.isZero || (payload.0 | payload.1) != 0 {
      var item = record.describe(record.tuple)
      item.traffic = main
      item.surplus = Traffic(surplusIn: record.in, out: record.out, since: (before?.in, before?.out))
      (item.payloadIn, item.payloadOut) = payload
      result.append(item)
    }
    if !lost.isZero {
      var item = record.describe(record.tuple)
      item.remote = nil
      item.role = .shared
      item.traffic = lost
      item.surplus = Traffic(
        surplusIn: record.lost_in, out: record.lost_out, since: (before?.lost_in, before?.lost_out))
      result.append(item)
    }
    return result
  }

  /// Packet sockets that sent; one that was idle since the last reading makes room.
  private mutating func readFrames(into live: inout [hw_socket]) {
    var entries: [hw_socket] = []
    withUnsafeMutablePointer(to: &entries) { list in
      _ = hw_meter_read_frames(
        meter,
        { _, record, list in
          if let record { list?.assumingMemoryBound(to: [hw_socket].self).pointee.append(record.pointee) }
        }, list)
    }
    for record in entries {
      if let before = previous[record.cookie], before.calls_out == record.calls_out {
        _ = hw_meter_forget_frames(meter, record.cookie)
        previous[record.cookie] = nil
      } else {
        live.append(record)
      }
    }
  }

  // MARK: Other flows of sockets

  private mutating func readFlows(of moved: [UInt64: hw_socket], ended: Set<UInt64>, into reading: inout MeterReading) {
    var entries: [(hw_flow_key, hw_flow_value)] = []
    withUnsafeMutablePointer(to: &entries) { list in
      _ = hw_meter_read_flows(
        meter,
        { key, value, list in
          guard let key, let value else { return }
          list?.assumingMemoryBound(to: [(hw_flow_key, hw_flow_value)].self).pointee.append(
            (key.pointee, value.pointee))
        }, list)
    }
    var current: [FlowKey: hw_flow_value] = [:]
    for (key, value) in entries {
      let name = FlowKey(key)
      let before = previousFlows[name]
      let delta = Traffic(in: value.in, out: value.out, since: (before?.in, before?.out))
      var mayForget = ended.contains(key.cookie)
      if let record = moved[key.cookie] ?? previous[key.cookie] {
        if !delta.isZero {
          var item = record.describe(key.tuple)
          item.inInterface = key.interface
          item.outInterface = key.interface
          item.traffic = delta
          item.surplus = Traffic(surplusIn: value.in, out: value.out, since: (before?.in, before?.out))
          reading.sockets.append(item)
        }
      } else {
        mayForget = true
      }
      // An idle flow makes room once the map is half full; it is counted anew when it moves again.
      if delta.isZero, entries.count > 65536 { mayForget = true }
      if mayForget {
        var key = key
        _ = hw_meter_forget_flow(meter, &key)
      } else {
        current[name] = value
      }
    }
    previousFlows = current
  }

  // MARK: Packets without a socket

  private mutating func readForwards(into reading: inout MeterReading) {
    var entries: [(hw_forward_key, hw_forward_value)] = []
    withUnsafeMutablePointer(to: &entries) { list in
      _ = hw_meter_read_forwards(
        meter,
        { key, value, list in
          guard let key, let value else { return }
          list?.assumingMemoryBound(to: [(hw_forward_key, hw_forward_value)].self).pointee
            .append((key.pointee, value.pointee))
        }, list)
    }
    var current: [ForwardKey: hw_direction] = [:]
    for (key, value) in entries {
      let name = ForwardKey(key)
      let delta = value.passed.since(previousForwards[name])
      if delta.packets > 0 {
        reading.forwarded.append(
          ForwardedTraffic(
            namespace: Place(namespace: UInt64(key.network_namespace)), inInterface: key.in_interface,
            outInterface: key.out_interface, flow: key.tuple.flow, bytes: delta.bytes, packets: delta.packets,
            surplusBytes: delta.surplus_bytes, surplusPackets: delta.surplus_packets))
        current[name] = value.passed
      } else if entries.count > 65536 {
        var key = key
        _ = hw_meter_forget_forward(meter, &key)
      } else {
        current[name] = value.passed
      }
    }
    previousForwards = current
  }

  private mutating func readLeftovers(into reading: inout MeterReading) {
    var entries: [(hw_leftover_key, hw_direction)] = []
    withUnsafeMutablePointer(to: &entries) { list in
      _ = hw_meter_read_leftovers(
        meter,
        { key, value, list in
          guard let key, let value else { return }
          list?.assumingMemoryBound(to: [(hw_leftover_key, hw_direction)].self).pointee.append(
            (key.pointee, value.pointee))
        }, list)
    }
    for (key, value) in entries {
      let name = LeftoverKey(key)
      let delta = value.since(previousLeftovers[name])
      previousLeftovers[name] = value
      guard delta.packets > 0 else { continue }
      let kind: LeftoverTraffic.Kind =
        switch Int32(key.kind) {
        case HW_LEFTOVER_ICMP: .icmp
        case HW_LEFTOVER_DROPPED: .dropped(reason: dropReason(key.reason))
        case HW_LEFTOVER_KERNEL: .kernel
        default: .nonIP
        }
      reading.leftovers.append(
        LeftoverTraffic(
          namespace: Place(namespace: UInt64(key.network_namespace)), interface: key.interface, kind: kind,
          isOutward: key.outward != 0, bytes: delta.bytes, packets: delta.packets))
    }
  }

  /// `NETFILTER_DROP`, as the running kernel names its reasons.
  private mutating func dropReason(_ number: UInt32) -> String {
    if let known = dropReasons[number] { return known }
    var name = [CChar](repeating: 0, count: 64)
    let found = hw_drop_reason_name(number, &name, name.count)
    let text =
      found
      ? String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : "reason \(number)"
    dropReasons[number] = text
    return text
  }

  private mutating func noteOverflow(in reading: inout MeterReading) {
    var counts = [UInt64](repeating: 0, count: 4)
    guard hw_meter_read_overflow(meter, &counts) == 0 else { return }
    let delta = zip(counts, previousOverflow).map { $0 &- $1 }
    previousOverflow = counts
    if delta[0] > 0 {
      reading.notes.append("\(delta[0]) sockets closed faster than they could be read: \(delta[1]) bytes have no owner")
    }
    if delta[2] > 0 { reading.notes.append("\(delta[2]) forwarded bytes did not fit in the table of flows") }
  }
}
