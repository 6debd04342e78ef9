internal import Flows
internal import LinuxSystem
internal import Meter
internal import Questions

extension FollowQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<FollowStart> {
    let filter = SocketEventFilter(pids: pids, namespaces: places, port: port, remote: remote)
    // The mount is only needed to attach.
    let root = try UnifiedCgroup()
    let queue = EventQueue(try SocketEvents(cgroupRoot: root.path, filter: filter))
    host.following.events = queue
    return Told(FollowStart(notes: queue.notes))
  }
}

extension EventsQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<EventBatch> {
    guard let queue = host.following.events else { throw LocalRefusal(.failed, "nothing is followed") }
    return Told(queue.next(within: seconds) { host.mustEnd })
  }
}
