import Flows
import Questions
import VantageDoubles

/// A host that falls silent: after its inventory, or after it has counted as well.
struct SilentVantage: ScriptedAnswers {
  let base: RecordedVantage
  /// Whether its measurement still arrives.
  let counts: Bool

  var host: String { base.host }
  private func fail() throws -> Never {
    throw VantageError(.slow, host: host, "ask it", cause: "no answer in time")
  }

  func inventory() async throws -> Inventory { try await base.inventory() }
  func measured(for seconds: Double) async throws -> Interval {
    if counts { return try await base.measured(for: seconds) }
    try fail()
  }
  func process(_ pid: Int32) async throws -> Process? { try fail() }
  func translation(_ flow: Flow, _ namespace: Place) async throws -> Translation? { try fail() }
  func socket(_ flow: Flow, _ namespace: Place) async throws -> SocketAnswer? { try fail() }
  func listedSockets() async throws -> [SocketListing] { try fail() }
  func owner(_ pid: Int32) async throws -> Owner? { try fail() }
  func route(_ address: IPAddress, _ namespace: Place) async throws -> RouteAnswer? { try fail() }
  func neighbour(_ address: IPAddress, _ namespace: Place) async throws -> NeighbourAnswer? { try fail() }
  func tunnel(_ address: IPAddress, _ interface: UInt32, _ namespace: Place) async throws
    -> TunnelAnswer?
  { try fail() }
  func relay(_ pid: Int32, _ namespace: Place) async throws -> RelayAnswer? { try fail() }
}
