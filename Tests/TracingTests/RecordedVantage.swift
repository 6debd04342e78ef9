import Flows
import Questions
import VantageDoubles

/// A host whose answers were written down: a stand-in for the kernel's tables, so that the search can be tested alone.
///
/// It answers as a kernel would: the longest route wins, and connection tracking knows an entry by either direction's
/// tuple, before or after translation.
struct RecordedVantage: ScriptedAnswers {
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
  var listed: [SocketListing] = []
  /// What the rules do with each packet; nil if they can't be copied.
  var decides: (@Sendable (FirewallAttempt) -> FirewallVerdict)?
  /// The prefixes that the rules name, and the ports that they may send elsewhere.
  var ruled: [String] = []
  var doors: [FirewallDoor]?

  func inventory() async throws -> Inventory { recordedInventory }
  func process(_ pid: Int32) async throws -> Process? { processes[pid] }
  func measured(for seconds: Double) async throws -> Interval { interval }
  func socket(_ flow: Flow, _ namespace: Place) async throws -> SocketAnswer? { sockets[namespace]?[flow] }
  func listedSockets() async throws -> [SocketListing] { listed }
  func owner(_ pid: Int32) async throws -> Owner? { processes[pid].map { Owner(process: $0) } }

  func translation(_ flow: Flow, _ namespace: Place) async throws -> Translation? {
    translations[namespace]?.first { entry in
      [entry.original, entry.original.reversed, entry.translated, entry.translated.reversed].contains(flow)
    }
  }

  func route(_ address: IPAddress, _ namespace: Place) async throws -> RouteAnswer? {
    routes[namespace]?.filter { $0.key.contains(address) }.max { $0.key.length < $1.key.length }?.value
  }

  func neighbour(_ address: IPAddress, _ namespace: Place) async throws -> NeighbourAnswer? {
    neighbours[address]
  }

  func tunnel(_ address: IPAddress, _ interface: UInt32, _ namespace: Place) async throws
    -> TunnelAnswer?
  { tunnels[namespace]?[address] }

  func sites(_ pid: Int32, _ namespace: Place) async throws -> SitesAnswer? { sites[pid] }

  func firewall(_ attempts: [FirewallAttempt], _ place: Place) async throws -> FirewallAnswer {
    guard let decides else { throw Unscripted() }
    var answer = FirewallAnswer(verdicts: attempts.map(decides), prefixes: ruled)
    answer.doors = doors
    return answer
  }

  func relay(_ pid: Int32, _ namespace: Place) async throws -> RelayAnswer? { relays[pid] }

  func counters(_ pids: Set<Int32>, _ namespace: Place) async throws -> CounterSnapshot {
    CounterSnapshot(began: 0, ended: 0, sockets: [], notes: ["no counters were written down"])
  }
}
