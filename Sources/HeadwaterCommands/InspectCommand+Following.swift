internal import Flows
internal import LinuxSystem
internal import Meter
internal import Tracing
internal import Vantage
internal import Views

extension InspectCommand {
  /// Shows what the target's sockets do, as it happens, until the time is over or a signal ends it.
  func showEvents(of target: Target, _ inspection: Inspection, _ inventory: Inventory, seconds: Double) throws {
    let root = try UnifiedCgroup()
    let events = try SocketEvents(cgroupRoot: root.path, filter: Self.filter(target, inspection, inventory))
    let signals = try Signals()
    if !options.json { Console.print(Line()) }
    for limit in events.limits { Console.report("\(limit)") }
    if options.verbose { Console.report("following") }
    let end = MonotonicClock.seconds + seconds
    while MonotonicClock.seconds < end, !signals.read().contains(where: \.endsProgram) {
      for event in events.next(timeoutSeconds: min(0.2, max(0, end - MonotonicClock.seconds))) {
        if options.json {
          Console.print(try Document(EventLine(event), isPretty: false))
        } else {
          Console.print("\(event)")
        }
      }
    }
    if events.lost > 0 {
      Console.report("\(events.lost) events came faster than they could be shown and are missing")
    }
  }

  private static func filter(_ target: Target, _ inspection: Inspection, _ inventory: Inventory) -> SocketEventFilter {
    switch target {
    case .port(let port): return SocketEventFilter(port: port)
    case .endpoint(let endpoint): return SocketEventFilter(port: endpoint.port)
    case .flow(let first, let second): return SocketEventFilter(port: min(first.port, second.port))
    case .prefix(let prefix) where prefix.length == prefix.address.bitWidth:
      return SocketEventFilter(remote: prefix.address)
    case .container(let container):
      if let namespace = inventory.containers.first(where: { $0.container.id == container.id })?.namespace {
        return SocketEventFilter(namespaces: [namespace])
      }
    default: break
    }
    return SocketEventFilter(pids: Set(inspection.subjects.compactMap { $0.owner.process?.pid }))
  }

  /// An event as a line of JSON.
  private struct EventLine: Encodable {
    let time: String
    let action: String
    let pid: Int32?
    let name: String?
    let transport: Transport
    let local: Endpoint
    let remote: Endpoint?
    let text: String

    init(_ event: SocketEvent) {
      time = SystemClock.text(event.time, fractionDigits: 6) ?? ""
      action = String(event.action.prefix { $0 != " " })
      pid = event.task?.pid
      name = event.task?.name
      transport = event.transport
      local = event.local
      remote = event.remote
      text = event.action
    }
  }
}
