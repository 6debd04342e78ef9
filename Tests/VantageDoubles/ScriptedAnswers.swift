public import Flows
public import Questions

/// A host for tests that answers each question by a function of its own. What it has no function for it cannot tell.
public protocol ScriptedAnswers: Vantage {
  func inventory() async throws -> Inventory
  func process(_ pid: Int32) async throws -> Process?
  func owner(_ pid: Int32) async throws -> Owner?
  func measured(for seconds: Double) async throws -> Interval
  func begun() async throws
  func next(after seconds: Double) async throws -> Interval
  func translation(_ flow: Flow, _ place: Place) async throws -> Translation?
  func socket(_ flow: Flow, _ place: Place) async throws -> SocketAnswer?
  func listedSockets() async throws -> [SocketListing]
  func route(_ address: IPAddress, _ place: Place) async throws -> RouteAnswer?
  func neighbour(_ address: IPAddress, _ place: Place) async throws -> NeighbourAnswer?
  func tunnel(_ address: IPAddress, _ interface: UInt32, _ place: Place) async throws -> TunnelAnswer?
  func relay(_ pid: Int32, _ place: Place) async throws -> RelayAnswer?
  func sites(_ pid: Int32, _ place: Place) async throws -> SitesAnswer?
  func counters(_ pids: Set<Int32>, _ place: Place) async throws -> CounterSnapshot
  func files(_ pids: [Int32]) async throws -> [CollectedFile]
  func firewall(_ attempts: [FirewallAttempt], _ place: Place) async throws -> FirewallAnswer
}

/// Not scripted.
public struct Unscripted: Error {
  public init() {}
}

extension ScriptedAnswers {
  public func process(_ pid: Int32) async throws -> Process? { throw Unscripted() }
  public func owner(_ pid: Int32) async throws -> Owner? { throw Unscripted() }
  public func measured(for seconds: Double) async throws -> Interval { throw Unscripted() }
  public func begun() async throws { throw Unscripted() }
  public func next(after seconds: Double) async throws -> Interval { throw Unscripted() }
  public func translation(_ flow: Flow, _ place: Place) async throws -> Translation? { throw Unscripted() }
  public func socket(_ flow: Flow, _ place: Place) async throws -> SocketAnswer? { throw Unscripted() }
  public func listedSockets() async throws -> [SocketListing] { throw Unscripted() }
  public func route(_ address: IPAddress, _ place: Place) async throws -> RouteAnswer? { throw Unscripted() }
  public func neighbour(_ address: IPAddress, _ place: Place) async throws -> NeighbourAnswer? { throw Unscripted() }
  public func tunnel(_ address: IPAddress, _ interface: UInt32, _ place: Place) async throws -> TunnelAnswer? {
    throw Unscripted()
  }
  public func relay(_ pid: Int32, _ place: Place) async throws -> RelayAnswer? { throw Unscripted() }
  public func sites(_ pid: Int32, _ place: Place) async throws -> SitesAnswer? { throw Unscripted() }
  public func counters(_ pids: Set<Int32>, _ place: Place) async throws -> CounterSnapshot { throw Unscripted() }
  public func files(_ pids: [Int32]) async throws -> [CollectedFile] { throw Unscripted() }
  public func firewall(_ attempts: [FirewallAttempt], _ place: Place) async throws -> FirewallAnswer {
    throw Unscripted()
  }

  public func ask<Q: Question>(_ question: Q) async throws -> Told<Q.Answer> {
    do {
      let answer = try await answer(question)
      guard let value = answer as? Q.Answer else { throw Unscripted() }
      return Told(value, evidence: Self.evidence(answer))
    } catch is Unscripted {
      throw VantageError(.unsupported, host: host, "\(question)", cause: "the test has no answer to it")
    }
  }

  private static func evidence(_ answer: any Sendable) -> [Evidence] {
    switch answer {
    case is Translation: [Evidence("conntrack", "scripted")]
    case is SocketAnswer: [Evidence("sock_diag", "scripted")]
    case is RouteAnswer: [Evidence("route", "scripted")]
    case let answer as TunnelAnswer: answer.evidence
    default: []
    }
  }

  private func answer(_ question: any Question) async throws -> any Sendable {
    switch question {
    case is InventoryQuestion: try await inventory()
    case let question as ProcessQuestion: try await process(question.id.pid)
    case let question as OwnerQuestion: try await owner(question.id.pid)
    case let question as MeasureQuestion: try await measured(for: question.seconds)
    case is BeginQuestion:
      try await {
        try await begun()
        return Done()
      }()
    case let question as NextQuestion: try await next(after: question.seconds)
    case let question as TranslationQuestion: try await translation(question.flow, question.place)
    case let question as SocketQuestion: try await socket(question.flow, question.place)
    case is SocketsQuestion: try await listedSockets()
    case let question as RouteQuestion: try await route(question.address, question.place)
    case let question as NeighbourQuestion: try await neighbour(question.address, question.place)
    case let question as TunnelQuestion:
      try await tunnel(question.address, question.interface, question.place)
    case let question as RelayQuestion: try await relay(question.pid, question.place)
    case let question as SitesQuestion: try await sites(question.pid, question.place)
    case let question as CountersQuestion: try await counters(question.pids, question.place)
    case let question as FilesQuestion: try await files(question.pids)
    case let question as FirewallQuestion: try await firewall(question.attempts, question.place)
    default: throw Unscripted()
    }
  }
}
