public import Flows

/// A function for each question, for callers that need no evidence.
extension Vantage {
  public func inventory() async throws -> Inventory { try await ask(InventoryQuestion()).value }

  /// Counts everything that moves for `seconds`.
  public func measure(seconds: Double) async throws -> Interval {
    try await ask(MeasureQuestion(seconds: seconds)).value
  }

  /// Begins a series of intervals without gaps between them. What was counted before is discarded.
  public func beginIntervals() async throws { _ = try await ask(BeginQuestion()) }

  /// The traffic since `beginIntervals` or the last `nextInterval`, once `seconds` have passed since then.
  public func nextInterval(after seconds: Double, isLast: Bool = false) async throws -> Interval {
    try await ask(NextQuestion(seconds: seconds, isLast: isLast)).value
  }

  /// The process; nil if it does not exist.
  public func process(_ id: ProcessID) async throws -> Process? { try await ask(ProcessQuestion(id)).value }

  /// The owner of the process; nil if the process does not exist.
  public func owner(of id: ProcessID) async throws -> Owner? { try await ask(OwnerQuestion(id)).value }

  public func translation(of flow: Flow, in place: Place) async throws -> Translation? {
    try await ask(TranslationQuestion(of: flow, in: place)).value
  }

  public func socket(of flow: Flow, in place: Place) async throws -> SocketAnswer? {
    try await ask(SocketQuestion(of: flow, in: place)).value
  }

  public func sockets() async throws -> [SocketListing] { try await ask(SocketsQuestion()).value }

  public func route(to address: IPAddress, in place: Place) async throws -> RouteAnswer? {
    try await ask(RouteQuestion(to: address, in: place)).value
  }

  public func neighbour(_ address: IPAddress, in place: Place) async throws -> NeighbourAnswer? {
    try await ask(NeighbourQuestion(address, in: place)).value
  }

  public func tunnel(toward address: IPAddress, through interface: UInt32, in place: Place) async throws
    -> TunnelAnswer?
  { try await ask(TunnelQuestion(toward: address, through: interface, in: place)).value }

  public func relay(of pid: Int32, in place: Place) async throws -> RelayAnswer? {
    try await ask(RelayQuestion(of: pid, in: place)).value
  }

  public func sites(of pid: Int32, in place: Place, seconds: Double) async throws -> SitesAnswer? {
    try await ask(SitesQuestion(of: pid, in: place, seconds: seconds)).value
  }

  public func counters(of pids: Set<Int32>, in place: Place) async throws -> CounterSnapshot {
    try await ask(CountersQuestion(of: pids, in: place)).value
  }

  public func files(of pids: [Int32]) async throws -> [CollectedFile] {
    try await ask(FilesQuestion(of: pids)).value
  }
}
