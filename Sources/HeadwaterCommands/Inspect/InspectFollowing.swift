internal import Documents
internal import Flows
internal import LinuxSystem
internal import Meter
internal import Tracing
internal import Questions
internal import Views

/// Inspects something on this host, then shows what its sockets do as it happens.
struct InspectFollowing {
  let request: InspectRequest
  let seconds: Double

  init(_ request: InspectRequest, seconds: Double) {
    self.request = request
    self.seconds = seconds
  }

  func run() async throws {
    let output = request.output
    let vantage = try request.here.vantage()
    let inspection = try await request.inspect(vantage)
    if output.isJSON {
      // Lines of events follow it.
      Console.print(try Document(inspection, isPretty: false))
    } else {
      let view = InspectionView(width: output.width, isVerbose: output.isVerbose)
      Console.print(view.lines(inspection) + [Line()], output.style)
    }
    let inventory = try await vantage.inventory()
    let target = try Target(request.who, inventory: inventory, sets: request.sets)
    try follow(Self.filter(target, inspection, inventory))
  }

  /// Until the time is over or a signal ends it.
  private func follow(_ filter: SocketEventFilter) throws {
    let root = try UnifiedCgroup()
    let events = try SocketEvents(cgroupRoot: root.path, filter: filter)
    let signals = try Signals()
    for limit in events.limits { Console.report("\(limit)") }
    if request.output.isVerbose { Console.report("following") }
    let end = MonotonicClock.seconds + seconds
    while MonotonicClock.seconds < end, !signals.read().contains(where: \.endsProgram) {
      for event in events.next(timeoutSeconds: min(0.2, max(0, end - MonotonicClock.seconds))) {
        if request.output.isJSON {
          Console.print(try Document(EventDocument(event), isPretty: false))
        } else {
          Console.print("\(event)")
        }
      }
    }
    if events.lost > 0 {
      Console.report("\(events.lost) events are missing: they came faster than they could be shown")
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
}

extension EventDocument {
  init(_ event: SocketEvent) {
    self.init(
      time: SystemClock.text(event.time, fractionDigits: 6) ?? "", action: String(event.action.prefix { $0 != " " }),
      pid: event.task?.pid, name: event.task?.name, transport: event.transport, local: event.local,
      remote: event.remote, text: event.action)
  }
}
