import Flows
import Vantage

/// A host whose answers were written down: a stand-in for the kernel's tables, so that the search can be tested alone.
///
/// It answers as a kernel would: the longest route wins, and connection tracking knows an entry by either direction's
/// tuple, before or after translation.
struct RecordedVantage: Vantage {
  var host = "here"
  var recordedInventory = Inventory(host: "here", namespaces: [], containers: [], notes: [])
  var interval = Interval(
    host: "here", started: "2025-04-20T14:57:17Z", seconds: 2, meter: "ebpf", flows: [], ledger: [], notes: [])
  var translations: [Place: [Translation]] = [:]
  var routes: [Place: [Prefix: RouteAnswer]] = [:]
  var sockets: [Place: [Flow: SocketAnswer]] = [:]
  var neighbours: [IPAddress: NeighbourAnswer] = [:]
  var processes: [Int32: Process] = [:]
  var tunnels: [Place: [IPAddress: TunnelAnswer]] = [:]
  var relays: [Int32: RelayAnswer] = [:]
  var sites: [Int32: SitesAnswer] = [:]

  func inventory() async throws -> Inventory { recordedInventory }
  func process(_ pid: Int32) async throws -> Process? { processes[pid] }
  func measure(seconds: Double) async throws -> Interval { interval }
  func socket(of flow: Flow, in namespace: Place) async throws -> SocketAnswer? { sockets[namespace]?[flow] }
  func sockets() async throws -> [SocketListing] { [] }
  func owner(ofProcess pid: Int32) async throws -> Owner? { processes[pid].map { Owner(process: $0) } }

  func translation(of flow: Flow, in namespace: Place) async throws -> Translation? {
    translations[namespace]?.first { entry in
      [entry.original, entry.original.reversed, entry.translated, entry.translated.reversed].contains(flow)
    }
  }

  func route(to address: IPAddress, in namespace: Place) async throws -> RouteAnswer? {
    routes[namespace]?.filter { $0.key.contains(address) }.max { $0.key.length < $1.key.length }?.value
  }

  func neighbour(_ address: IPAddress, in namespace: Place) async throws -> NeighbourAnswer? {
    neighbours[address]
  }

  func tunnel(toward address: IPAddress, through interface: UInt32, in namespace: Place) async throws
    -> TunnelAnswer?
  { tunnels[namespace]?[address] }

  func sites(of pid: Int32, in namespace: Place, seconds: Double) async throws -> SitesAnswer? { sites[pid] }

  func relay(of pid: Int32, in namespace: Place) async throws -> RelayAnswer? { relays[pid] }
}
