internal import CMeter
internal import Flows

// From the kernel program's records to values.

/// A map's key as words, so that Swift can hash it.
struct FlowKey: Hashable {
  private let cookie: UInt64
  private let interface, namespace: UInt32
  private let tuple: TupleKey
  init(_ key: hw_flow_key) {
    namespace = key.network_namespace
    cookie = key.cookie
    interface = key.interface
    tuple = TupleKey(key.tuple)
  }
}

struct WriterKey: Hashable {
  private let cookie, start: UInt64
  private let pid: UInt32
  init(_ key: hw_writer_key) {
    cookie = key.cookie
    start = key.start_boottime_ns
    pid = key.root_tgid
  }
}

struct ForwardKey: Hashable {
  private let namespace, inInterface, outInterface: UInt32
  private let tuple: TupleKey
  init(_ key: hw_forward_key) {
    namespace = key.network_namespace
    inInterface = key.in_interface
    outInterface = key.out_interface
    tuple = TupleKey(key.tuple)
  }
}

struct LeftoverKey: Hashable {
  private let namespace, interface, reason: UInt32
  private let kind, outward: UInt16
  init(_ key: hw_leftover_key) {
    namespace = key.network_namespace
    interface = key.interface
    reason = key.reason
    kind = key.kind
    outward = key.outward
  }
}

struct TupleKey: Hashable {
  private let local, remote: UInt128
  private let ports: UInt32
  private let transport: UInt8
  init(_ tuple: hw_tuple) {
    local = tuple.localAddress
    remote = tuple.remoteAddress
    ports = UInt32(tuple.local_port) << 16 | UInt32(tuple.remote_port)
    transport = tuple.protocol
  }
}

extension hw_tuple {
  var localAddress: UInt128 { Self.integer(local) }
  var remoteAddress: UInt128 { Self.integer(remote) }
  var localEndpoint: Endpoint { Endpoint(IPAddress(mapped: localAddress), local_port) }
  var remoteEndpoint: Endpoint { Endpoint(IPAddress(mapped: remoteAddress), remote_port) }
  var flow: Flow { Flow(Transport(`protocol`), from: localEndpoint, to: remoteEndpoint) }

  private static func integer(_ words: (UInt32, UInt32, UInt32, UInt32)) -> UInt128 {
    let high = UInt64(words.0.bigEndian) << 32 | UInt64(words.1.bigEndian)
    let low = UInt64(words.2.bigEndian) << 32 | UInt64(words.3.bigEndian)
    return UInt128(high) << 64 | UInt128(low)
  }
}

extension hw_direction {
  func since(_ earlier: hw_direction?) -> hw_direction {
    guard let earlier else { return self }
    return hw_direction(
      bytes: bytes &- earlier.bytes, packets: packets &- earlier.packets,
      surplus_bytes: surplus_bytes &- earlier.surplus_bytes,
      surplus_packets: surplus_packets &- earlier.surplus_packets)
  }

  /// Without `other`, at least 0: what was dropped may have been queued in an earlier window.
  func less(_ other: hw_direction) -> hw_direction {
    hw_direction(
      bytes: bytes - min(bytes, other.bytes), packets: packets - min(packets, other.packets),
      surplus_bytes: surplus_bytes - min(surplus_bytes, other.surplus_bytes),
      surplus_packets: surplus_packets - min(surplus_packets, other.surplus_packets))
  }
}

extension Traffic {
  init(in inward: hw_direction, out outward: hw_direction, since earlier: (hw_direction?, hw_direction?)) {
    let (inward, outward) = (inward.since(earlier.0), outward.since(earlier.1))
    self.init(
      bytesIn: inward.bytes, bytesOut: outward.bytes, packetsIn: inward.packets, packetsOut: outward.packets)
  }

  init(surplusIn inward: hw_direction, out outward: hw_direction, since earlier: (hw_direction?, hw_direction?)) {
    let (inward, outward) = (inward.since(earlier.0), outward.since(earlier.1))
    self.init(
      bytesIn: inward.surplus_bytes, bytesOut: outward.surplus_bytes, packetsIn: inward.surplus_packets,
      packetsOut: outward.surplus_packets)
  }
}

extension hw_actor {
  /// The task; nil if none was recorded.
  var task: TaskRecord? {
    guard root_tgid != 0 || flags != 0 else { return nil }
    return TaskRecord(
      pid: tgid == 0 ? nil : Int32(truncatingIfNeeded: tgid), rootPID: Int32(truncatingIfNeeded: root_tgid),
      startTime: start_boottime_ns,
      name: withUnsafeBytes(of: comm) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }, uid: uid,
      cgroupID: cgroup_id, namespace: Place(namespace: UInt64(network_namespace)),
      isKernelThread: flags & HW_ACTOR_KERNEL_THREAD != 0)
  }
}

extension TaskRecord.Lineage {
  init(_ record: hw_lineage) {
    func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
    let all = record.parents
    parents = [all.0, all.1, all.2, all.3, all.4].prefix { $0.tgid != 0 }.map { parent in
      TaskRecord.Parent(
        pid: Int32(truncatingIfNeeded: parent.tgid), startTime: parent.start_boottime_ns,
        name: withUnsafeBytes(of: parent.comm, text))
    }
    let hidden = [all.0, all.1, all.2, all.3, all.4].first { $0.tgid == 0 }.map { withUnsafeBytes(of: $0.comm, text) }
    hiddenParent = hidden.flatMap { $0.isEmpty ? nil : $0 }
    let (slice, own) = (withUnsafeBytes(of: record.slice, text), withUnsafeBytes(of: record.cgroup, text))
    cgroup = slice.isEmpty ? "/\(own)" : "/\(slice)/\(own)"
    command = withUnsafeBytes(of: record.arguments) { bytes in
      var content = bytes.prefix(Int(record.arguments_size))
      let isCut = content.count == Int(HW_ARGUMENTS) && content.last != 0
      while content.last == 0 { content.removeLast() }
      if content.isEmpty { return [] }
      var words = content.split(separator: 0, omittingEmptySubsequences: false).map {
        String(decoding: $0, as: UTF8.self)
      }
      // There is no room for more of it.
      if isCut { words[words.count - 1] += "…" }
      return words
    }
  }
}

extension hw_socket {
  func has(_ flag: UInt32) -> Bool { flags & flag != 0 }

  var isWithoutPackets: Bool { !has(HW_SOCKET_TUPLE) && !has(HW_SOCKET_PACKET) }

  /// Whether no packet of it can have passed before counting began.
  var isSeenFromItsStart: Bool { creator.task != nil && !has(HW_SOCKET_SEEDED) }

  var holder: SocketHolder {
    let task = actor.task ?? creator.task
    if let task, !task.isKernelThread { return .task(task) }
    if let maker = creator.task, !maker.isKernelThread { return .task(maker) }
    if has(HW_SOCKET_KERNEL) || task != nil { return .kernel }
    return .unknown(
      reason: has(HW_SOCKET_ORPHAN)
        ? "its process closed it before the meter started" : "the meter did not see who opened the socket")
  }

  /// A row for one flow of this socket, still without counters.
  func describe(_ tuple: hw_tuple) -> SocketTraffic {
    let remote = tuple.remoteEndpoint
    let isShared = has(HW_SOCKET_PACKET) || remote.address.isUnspecified
    let role: FlowTraffic.Role =
      isShared ? .shared : has(HW_SOCKET_ACCEPTED) ? .responder : .peer
    return SocketTraffic(
      cookie: cookie, namespace: Place(namespace: UInt64(network_namespace)),
      transport: has(HW_SOCKET_PACKET) ? .packet : Transport(tuple.protocol), local: tuple.localEndpoint,
      remote: isShared ? nil : remote, role: role, holder: holder, traffic: Traffic(), surplus: Traffic(),
      inInterface: in_interface, outInterface: out_interface, closed: has(HW_SOCKET_CLOSED),
      isSeeded: has(HW_SOCKET_SEEDED) && actor.task == nil,
      began: isSeenFromItsStart && has(HW_SOCKET_TUPLE) ? has(HW_SOCKET_SENT_FIRST) : nil)
  }
}

extension SocketTraffic {
  mutating func takeBack(_ dropped: hw_direction) {
    guard dropped.packets > 0 else { return }
    takeBack(dropped.bytes, dropped.packets, dropped.surplus_bytes, dropped.surplus_packets)
  }
}
