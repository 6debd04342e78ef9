internal import Documents
internal import Flows
internal import LinuxSystem
internal import Questions
internal import Sessions
internal import Tracing
internal import Views

/// Inspects a target, then shows the events at its sockets.
struct InspectFollowing: Sendable {
  let request: InspectRequest
  let seconds: Double

  private struct Followed: Encodable, Sendable {
    let inspection: Inspection
    /// How many events were shown.
    let events: Int
  }

  init(_ request: InspectRequest, seconds: Double) {
    self.request = request
    self.seconds = seconds
  }

  func run() async throws {
    let interruption = try Interruption.ofProgram()
    var hosts = try await request.hosts.connected().only(namedIn: request.who)
    // Before events are shown it must be known which host's process is meant.
    if case .pid(let pid)? = try Target.shaped(request.who) { hosts = try await hosts.only(having: pid) }
    let found = try await hosts.ask { vantage in
      let inspection = try await request.inspect(vantage)
      try show(inspection)
      let inventory = try await vantage.inventory()
      let target = try Target(request.who, inventory: inventory, sets: request.sets)
      guard let question = Self.question(target, inspection, inventory) else {
        Console.report("\(request.who): no process of it is known whose sockets could be followed")
        return Followed(inspection: inspection, events: 0)
      }
      return Followed(
        inspection: inspection,
        events: try await follow(question, vantage, interruption) { target.mayConcern($0) })
    }
    let answer = ReportsAnswer(
      found: found, isOneHost: request.isOneHost, name: \.inspection.host,
      isEmpty: { $0.inspection.isEmpty && $0.events == 0 }, text: { _, _ in [] })
    for remark in answer.remarks(request.output) { Console.report(remark) }
    if answer.status != .answered { throw answer.status }
  }

  private func show(_ inspection: Inspection) throws {
    let output = request.output
    guard !output.isJSON else {
      // Lines with events follow it.
      return Console.print(try Document(inspection, isPretty: false))
    }
    let view = InspectionView(width: output.width, isVerbose: output.isVerbose)
    let heading = request.isOneHost ? [] : [Line("host \(inspection.host)", .heading), Line()]
    Console.print(heading + view.lines(inspection) + [Line()], output.style)
  }

  /// Shows events until the time is over or a signal comes. Returns their number.
  private func follow(
    _ question: FollowQuestion, _ vantage: any Vantage, _ interruption: Interruption,
    of isOfTarget: (HostEvent) -> Bool
  ) async throws -> Int {
    let host = request.isOneHost ? "" : "\(vantage.host): "
    for note in try await vantage.ask(question).value.notes { Console.report("\(host)\(note)") }
    if request.output.isVerbose { Console.report("\(host)following") }
    let end = MonotonicClock.seconds + seconds
    var (count, lost) = (0, UInt64(0))
    while MonotonicClock.seconds < end, !interruption.hasCome {
      let left = max(0, end - MonotonicClock.seconds)
      var batch = try await vantage.ask(EventsQuestion(within: min(1, left))).value
      batch.events.removeAll { !isOfTarget($0) }
      (count, lost) = (count + batch.events.count, batch.lost)
      if request.output.isJSON {
        for event in batch.events {
          Console.print(try Document(EventDocument(event, on: vantage.host), isPretty: false))
        }
      } else {
        Console.print(batch.events.map { "\(host)\($0.clock) \($0.who) \($0.text)" })
      }
    }
    if lost > 0 { Console.report("\(host)\(lost) events are missing: they came faster than they could be shown") }
    return count
  }

  /// Which events to ask for; `Target.mayConcern` then leaves out what a host can't tell apart. Nil if nothing is known by
  /// which the target's events could be told.
  private static func question(_ target: Target, _ inspection: Inspection, _ inventory: Inventory) -> FollowQuestion? {
    switch target.plain {
    case .port(let port): return FollowQuestion(port: port)
    case .endpoint(let endpoint): return FollowQuestion(port: endpoint.port)
    case .flow(let first, let second): return FollowQuestion(port: min(first.port, second.port))
    case .prefix, .set, .processName: return FollowQuestion()
    case .container(let container):
      if let namespace = inventory.containers.first(where: { $0.container.id == container.id })?.namespace {
        return FollowQuestion(places: [namespace])
      }
    case .busiest, .interface, .pid, .name, .on: break
    }
    let pids = Set(inspection.subjects.compactMap { $0.owner.process?.pid })
    return pids.isEmpty ? nil : FollowQuestion(pids: pids)
  }
}

extension HostEvent {
  /// The time of day in UTC: `12:00:01.123456Z`.
  fileprivate var clock: String {
    SystemClock.text(time, fractionDigits: 6).map { String($0.drop { $0 != "T" }.dropFirst()) } ?? "\(time)"
  }
}

extension EventDocument {
  init(_ event: HostEvent, on host: String) {
    self.init(
      host: host, time: SystemClock.text(event.time, fractionDigits: 6) ?? "",
      action: String(event.text.prefix { $0 != " " }), pid: event.pid, name: event.name, transport: event.transport,
      local: event.local, remote: event.remote, text: event.text)
  }
}
