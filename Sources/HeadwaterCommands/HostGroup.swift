internal import Fleet
internal import Flows
internal import LinuxSystem
internal import Meter
internal import Vantage

/// This host and those that were asked for on the command line, as one.
struct HostGroup {
  let vantage: any Vantage
  private let combined: CombinedVantage?
  /// The probes' connections end with the group.
  private let connections: [ProbeConnection]

  /// Connects to the hosts, if any were asked for; one that cannot be reached costs only its own part.
  init(_ options: CommonOptions, watchesRelays: Bool) async throws {
    guard options.hosts.isGiven else {
      vantage = try options.vantage(watchesRelays: watchesRelays)
      (combined, connections) = (nil, [])
      return
    }
    let specifications = try options.hosts.specifications()
    let fleet = try Fleet(specifications, limits: options.hosts.limits, environment: ProcessExit.environment)
    // This host's programs load while the others are connected to.
    async let outcomes = fleet.forEach { host in await Self.reach(host, fleet) }
    let local = Result { try options.vantage(watchesRelays: watchesRelays) }
    let here = ProbeHello.own(program: "")
    var members: [CombinedVantage.Member] = []
    var unreached: [HostFailure] = []
    var connections: [ProbeConnection] = []
    var publicAddresses: [IPAddress: IPAddress] = [:]
    for outcome in await outcomes {
      switch outcome {
      case .success(let reached):
        // This very host, reached the long way round, is not two.
        if reached.remote.hello.bootID == here.bootID, reached.remote.hello.namespace == here.namespace,
          case .success = local
        {
          publicAddresses.merge(reached.connection.host.publicAddresses) { first, _ in first }
          continue
        }
        connections.append(reached.connection)
        members.append(.init(reached.remote, publicAddresses: reached.connection.host.publicAddresses))
      case .failure(let error):
        unreached.append(HostFailure(host: error.host, reason: error.reason))
      }
    }
    switch local {
    case .success(let own): members.insert(.init(own, publicAddresses: publicAddresses), at: 0)
    case .failure(let error):
      guard !members.isEmpty else { throw error }
      unreached.append(HostFailure(host: here.host, reason: "this host is left out: \(error)"))
    }
    let combined = CombinedVantage(members, unreached: unreached)
    (vantage, self.combined, self.connections) = (combined, combined, connections)
  }

  /// Hosts that did not answer, or not to the end.
  var failures: [HostFailure] { combined?.failures ?? [] }

  /// Says which hosts failed, and ends with the status for it.
  func reportFailures() throws {
    guard !failures.isEmpty else { return }
    for failure in failures { Console.report("headwater: \(failure.description.visible)") }
    throw ExitStatus.unreachable
  }

  private struct Reached {
    let connection: ProbeConnection
    let remote: RemoteVantage
  }

  private struct Unreached: Error {
    let host: String
    let reason: String
  }

  private static func reach(_ host: HostSpecification, _ fleet: Fleet) async -> Result<Reached, Unreached> {
    switch await fleet.connect(to: host) {
    case .failure(let error):
      return .failure(
        Unreached(host: host.name, reason: error.advice.isEmpty ? error.detail : "\(error.detail); \(error.advice)"))
    case .success(let connection):
      guard let answers = connection.takeOutput(), let questions = connection.takeInput() else {
        return .failure(Unreached(host: host.name, reason: "its conversation is taken"))
      }
      do {
        let remote = try await RemoteVantage(host: host.name, reading: answers, writing: questions)
        // The meter's programs load before the window begins everywhere.
        _ = try? await remote.startMeter()
        return .success(Reached(connection: connection, remote: remote))
      } catch {
        let why = connection.failure()
        return .failure(Unreached(host: host.name, reason: "\(error); \(why.detail)"))
      }
    }
  }
}
