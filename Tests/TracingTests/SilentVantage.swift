import Flows
import Vantage

/// A host that falls silent: after its inventory, or after it has counted as well.
struct SilentVantage: Vantage {
  let base: RecordedVantage
  /// Whether its measurement still arrives.
  let counts: Bool

  var host: String { base.host }
  private func fail() throws -> Never {
    throw VantageError(.slow, host: host, "ask it", cause: "no answer in time")
  }

  func inventory() async throws -> Inventory { try await base.inventory() }
  func measure(seconds: Double) async throws -> Interval {
    if counts { return try await base.measure(seconds: seconds) }
    try fail()
  }
  func process(_ pid: Int32) async throws -> Process? { try fail() }
  func translation(of flow: Flow, in namespace: Place) async throws -> Translation? { try fail() }
  func socket(of flow: Flow, in namespace: Place) async throws -> SocketAnswer? { try fail() }
  func sockets() async throws -> [SocketListing] { try fail() }
  func owner(ofProcess pid: Int32) async throws -> Owner? { try fail() }
  func route(to address: IPAddress, in namespace: Place) async throws -> RouteAnswer? { try fail() }
  func neighbour(_ address: IPAddress, in namespace: Place) async throws -> NeighbourAnswer? { try fail() }
  func tunnel(toward address: IPAddress, through interface: UInt32, in namespace: Place) async throws
    -> TunnelAnswer?
  { try fail() }
  func relay(of pid: Int32, in namespace: Place) async throws -> RelayAnswer? { try fail() }
}
