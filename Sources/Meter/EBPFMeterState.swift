internal import CMeter
internal import Flows
internal import LinuxSystem

/// What the eBPF meter keeps between readings. The kernel's counters only grow; an interval is their difference.
struct EBPFMeterState {
  let meter: OpaquePointer
  private var previous: [UInt64: hw_socket] = [:]
  private var previousFlows: [FlowKey: hw_flow_value] = [:]
  private var previousWriters: [WriterKey: hw_writer_value] = [:]
  private var echoCopies = EchoCopies()
  /// Sockets that moved no packets themselves and may be MPTCP connections, whose subflows do. It has those of this
  /// reading, and closed ones whose subflows may still exist.
  private var parents: [UInt64: hw_socket] = [:]
  private var closedParents: [UInt64: hw_socket] = [:]
  private var previousForwards: [ForwardKey: hw_forward_value] = [:]
  private var previousLeftovers: [LeftoverKey: hw_direction] = [:]
  private var previousOverflow: [UInt64] = [0, 0, 0, 0]
  private var closed: [hw_socket] = []
  private var lastReading = MonotonicClock.seconds
  /// The start in nanoseconds of CLOCK_MONOTONIC.
  private let started = UInt64(MonotonicClock.seconds * 1e9)
  private var dropReasons: [UInt32: String] = [:]

  /// Programs that somebody detached since the last reading, with the error of those that could not be attached again.
  private var detached: [String: Int32] = [:]
  private var lastMended = MonotonicClock.seconds

  init(meter: OpaquePointer) { self.meter = meter }

  /// Attaches again what somebody detached, at most once in a second.
  mutating func mendIfDue() {
    if MonotonicClock.seconds - lastMended >= 1 { mend() }
  }

  private mutating func mend() {
    lastMended = MonotonicClock.seconds
    withUnsafeMutablePointer(to: &detached) { list in
      hw_meter_mend(
        meter,
        { name, error, list in
          if let name { list?.assumingMemoryBound(to: [String: Int32].self).pointee[String(cString: name)] = error }
        }, list)
    }
  }

  private mutating func noteDetached(in reading: inout MeterReading) {
    guard !detached.isEmpty else { return }
    let failed = detached.values.filter { $0 != 0 }.min()
    let end =
      failed.map { "and could not be attached again (\(Errno($0))), so that not all is counted" }
      ?? "and attached again; what moved meanwhile is not known"
    reading.notes.append(
      "programs of the meter were detached by somebody else (\(detached.keys.sorted().joined(separator: ", "))), \(end)"
    )
    detached.removeAll()
  }

  /// Removes closed sockets from the ring buffer before it fills up.
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
    guard status >= 0 else { throw MeterError(.failed, "read the meter's sockets", cause: "\(Errno(-status))") }
    if status > 0 { live = Self.last(live) }
    readFrames(into: &live)
    // This comes after the live sockets: one that closes in between is in both, and its last record counts the
    // difference.
    drain()

    var moved: [UInt64: hw_socket] = [:]
    let before = previous
    parents = [:]
    for record in live + closed where record.isWithoutPackets { parents[record.cookie] = record }
    for record in live + closed {
      reading.sockets += traffic(of: record)
      moved[record.cookie] = record
      if record.has(HW_SOCKET_CLOSED) { previous[record.cookie] = nil } else { previous[record.cookie] = record }
    }
    let ended = Set(closed.map(\.cookie))
    for record in closed where record.isWithoutPackets {
      if closedParents.count >= 4096 { closedParents.removeAll(keepingCapacity: true) }
      closedParents[record.cookie] = record
    }
    closed.removeAll(keepingCapacity: true)
    readFlows(of: moved, ended: ended, into: &reading)
    let writers = readWriters(before: before, ended: ended)
    reading.sockets = withLineages(reading.sockets.flatMap(writers.parts))
    echoCopies.takeOut(of: &reading.sockets)
    readForwards(into: &reading)
    readLeftovers(into: &reading)
    noteOverflow(in: &reading)
    mend()
    noteDetached(in: &reading)
    return reading
  }

  // MARK: Sockets

  /// The last record of each socket.
  private static func last(_ records: [hw_socket]) -> [hw_socket] {
    var places: [UInt64: Int] = [:]
    var result: [hw_socket] = []
    for record in records {
      if let place = places[record.cookie] {
        result[place] = record
      } else {
        places[record.cookie] = result.count
        result.append(record)
      }
    }
    return result
  }

  private mutating func traffic(of record: hw_socket) -> [SocketTraffic] {
    let before = previous[record.cookie]
    let main = Traffic(in: record.in, out: record.out, since: (before?.in, before?.out))
    let lost = Traffic(in: record.lost_in, out: record.lost_out, since: (before?.lost_in, before?.lost_out))
    let payload = (
      record.payload_in &- (before?.payload_in ?? 0), record.payload_out &- (before?.payload_out ?? 0)
    )
    var result: [SocketTraffic] = []
    if !main.isZero || (payload.0 | payload.1) != 0 || record.unsent.packets != before?.unsent.packets ?? 0 {
      var item = describe(record, record.tuple)
      item.traffic = main
      item.surplus = Traffic(surplusIn: record.in, out: record.out, since: (before?.in, before?.out))
      item.takeBack(record.unsent.since(before?.unsent))
      if !item.unsent.isZero { item.unsentReason = dropReason(record.unsent_reason) }
      (item.payloadIn, item.payloadOut) = payload
      item.isNew = before == nil && record.has(HW_SOCKET_ACCEPTED)
      result.append(item)
    }
    if !lost.isZero {
      var item = describe(record, record.tuple)
      item.remote = nil
      item.role = .shared
      item.traffic = lost
      item.surplus = Traffic(
        surplusIn: record.lost_in, out: record.lost_out, since: (before?.lost_in, before?.lost_out))
      result.append(item)
    }
    return result
  }

  /// Reads the packet sockets that sent frames. One that was idle since the last reading is removed to make room.
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
        let unsent = value.unsent.since(before?.unsent)
        if !delta.isZero || unsent.packets > 0 {
          var item = describe(record, key.tuple)
          item.began = record.isSeenFromItsStart ? value.first == HW_SOCKET_SENT_FIRST : nil
          if key.network_namespace != 0 { item.namespace = Place(namespace: UInt64(key.network_namespace)) }
          item.inInterface = key.interface
          item.outInterface = key.interface
          item.traffic = delta
          item.surplus = Traffic(surplusIn: value.in, out: value.out, since: (before?.in, before?.out))
          item.takeBack(unsent)
          if !item.unsent.isZero { item.unsentReason = dropReason(value.unsent_reason) }
          reading.sockets.append(item)
        }
      } else {
        mayForget = true
      }
      // Idle flows are dropped once the map is half full; they are counted anew when they move again.
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

  // MARK: Several processes at one socket

  private mutating func readWriters(before: [UInt64: hw_socket], ended: Set<UInt64>) -> SocketWriters {
    var entries: [(hw_writer_key, hw_writer_value)] = []
    withUnsafeMutablePointer(to: &entries) { list in
      _ = hw_meter_read_writers(
        meter,
        { key, value, list in
          guard let key, let value else { return }
          list?.assumingMemoryBound(to: [(hw_writer_key, hw_writer_value)].self).pointee.append(
            (key.pointee, value.pointee))
        }, list)
    }
    var result = SocketWriters()
    var current: [WriterKey: hw_writer_value] = [:]
    for (key, value) in entries {
      let name = WriterKey(key)
      var earlier = previousWriters[name].map { ($0.payload_in, $0.payload_out) }
      if earlier == nil, let socket = before[key.cookie], !socket.has(HW_SOCKET_WRITERS),
        socket.actor.root_tgid == key.root_tgid, socket.actor.start_boottime_ns == key.start_boottime_ns
      {
        // It was the only writer so far, so everything counted before is its own.
        earlier = (socket.payload_in, socket.payload_out)
      }
      if let task = value.actor.task {
        result.add(
          task, of: key.cookie, payloadIn: value.payload_in &- (earlier?.0 ?? 0),
          payloadOut: value.payload_out &- (earlier?.1 ?? 0))
      }
      if ended.contains(key.cookie) {
        var key = key
        _ = hw_meter_forget_writer(meter, &key)
      } else {
        current[name] = value
      }
    }
    previousWriters = current
    return result
  }

  // MARK: Processes that may be gone

  /// Adds to the rows what the kernel recorded of each process when it first sent or received.
  private func withLineages(_ rows: [SocketTraffic]) -> [SocketTraffic] {
    var known: [LineageKey: TaskRecord.Lineage?] = [:]
    return rows.map { row in
      guard case .task(var task) = row.holder else { return row }
      let key = LineageKey(startTime: task.startTime, rootPID: task.rootPID)
      let lineage = known[key] ?? lineage(key)
      known[key] = lineage
      task.lineage = lineage
      var row = row
      row.holder = .task(task)
      return row
    }
  }

  private struct LineageKey: Hashable {
    let startTime: UInt64
    let rootPID: Int32
  }

  private func lineage(_ name: LineageKey) -> TaskRecord.Lineage? {
    var key = hw_lineage_key(
      start_boottime_ns: name.startTime, root_tgid: UInt32(bitPattern: name.rootPID), reserved: 0)
    var record = hw_lineage()
    return hw_meter_find_lineage(meter, &key, &record) == 0 ? TaskRecord.Lineage(record) : nil
  }

  // MARK: Subflows

  /// A row of `record`. A subflow belongs to the process that uses its connection.
  private func describe(_ record: hw_socket, _ tuple: hw_tuple) -> SocketTraffic {
    var row = record.describe(tuple)
    guard record.parent != 0, record.creator.task == nil, record.actor.task == nil,
      let parent = parents[record.parent] ?? previous[record.parent] ?? closedParents[record.parent]
    else { return row }
    row.holder = parent.holder
    row.isSeeded = parent.has(HW_SOCKET_SEEDED) && parent.actor.task == nil
    return row
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
    var current: [ForwardKey: hw_forward_value] = [:]
    for (key, value) in entries {
      let name = ForwardKey(key)
      let before = previousForwards[name]
      let unsent = value.unsent.since(before?.unsent)
      let all = value.passed.since(before?.passed)
      let delta = all.less(unsent)
      if all.packets > 0 {
        reading.forwarded.append(
          ForwardedTraffic(
            namespace: Place(namespace: UInt64(key.network_namespace)), inInterface: key.in_interface,
            outInterface: key.out_interface, flow: key.tuple.flow, bytes: delta.bytes, packets: delta.packets,
            surplusBytes: delta.surplus_bytes, surplusPackets: delta.surplus_packets,
            // A flow that passed at the start may have passed before as well.
            firstSeen: value.first_ns > started + 500_000_000 ? value.first_ns : nil,
            unsentBytes: unsent.bytes, unsentPackets: unsent.packets))
        current[name] = value
      } else if entries.count > 65536 {
        var key = key
        _ = hw_meter_forget_forward(meter, &key)
      } else {
        current[name] = value
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
        case HW_LEFTOVER_UNSENT: .unsent(reason: dropReason(key.reason))
        default: .nonIP
        }
      reading.leftovers.append(
        LeftoverTraffic(
          namespace: Place(namespace: UInt64(key.network_namespace)), interface: key.interface, kind: kind,
          isOutward: key.outward != 0, bytes: delta.bytes, packets: delta.packets))
    }
  }

  /// The running kernel's name of a drop reason: `NETFILTER_DROP`.
  private mutating func dropReason(_ number: UInt32) -> String {
    if let known = dropReasons[number] { return known }
    var name = [CChar](repeating: 0, count: 64)
    let found = hw_drop_reason_name(number, &name, name.count)
    let text =
      found
      ? String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      : number == 0 ? "no reason given" : "reason \(number)"
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
