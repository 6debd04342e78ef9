internal import CMeter
internal import Flows
internal import LinuxSystem

/// What following sockets keeps between two reads of the ring buffer, and the part of the filter that the kernel does
/// not apply.
struct SocketEventsState {
  let follow: OpaquePointer
  let filter: SocketEventFilter
  /// The zero of the records' clock, in seconds since the epoch.
  let bootTime: Double
  /// Whether `connect` comes from the calls themselves.
  let seesConnects: Bool
  /// Sockets that had the wanted remote.
  private var matched: Set<UInt64> = []
  private var waiting: [hw_follow_event] = []

  init(follow: OpaquePointer, filter: SocketEventFilter, bootTime: Double, seesConnects: Bool) {
    self.follow = follow
    self.filter = filter
    self.bootTime = bootTime
    self.seesConnects = seesConnects
  }

  /// The waiting events, without waiting for more.
  mutating func take() -> [SocketEvent] {
    withUnsafeMutablePointer(to: &waiting) { list in
      _ = hw_follow_take(
        follow,
        { event, list in
          if let event { list?.assumingMemoryBound(to: [hw_follow_event].self).pointee.append(event.pointee) }
        }, list)
    }
    var events: [SocketEvent] = []
    for record in waiting {
      let event = SocketEvent(record, bootTime: bootTime, seesConnects: seesConnects)
      if let event, passes(event) { events.append(event) }
    }
    waiting.removeAll(keepingCapacity: true)
    return events
  }

  private mutating func passes(_ event: SocketEvent) -> Bool {
    guard let wanted = filter.remote else { return true }
    let isKnown = matched.contains(event.cookie)
    if event.isLast { matched.remove(event.cookie) }
    guard let remote = event.remote else { return isKnown }
    guard remote.address == wanted else { return false }
    if !event.isLast { matched.insert(event.cookie) }
    return true
  }
}

extension SocketEvent {
  /// Whether no other event of this socket can follow.
  fileprivate var isLast: Bool {
    switch kind {
    case .close: transport != .tcp
    case .stateChange(_, .closed): true
    default: false
    }
  }
}
