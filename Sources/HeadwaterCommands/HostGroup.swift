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
  ///
  /// - Parameter bundles: recorded evidence, which is asked in place of this host; several of one name are refused.
  init(_ options: CommonOptions, bundles: [String] = [], watchesRelays: Bool, watchesNames: Bool = false) async throws {
    var recorded: [CombinedVantage.Member] = []
    for host in try bundles.flatMap({ try EvidenceBundle(reading: $0).vantages }) {
      if options.verbose { for note in host.notes { Console.report("headwater: \(host.host): \(note.visible)") } }
      let addresses = (host.record.publicAddresses ?? [:]).compactMap { text, own in IPAddress(text).map { ($0, own) } }
      recorded.append(.init(host, publicAddresses: Dictionary(addresses, uniquingKeysWith: { first, _ in first })))
    }
    guard options.hosts.isGiven || recorded.count > 1 else {
      if let only = recorded.first {
        vantage = only.vantage
        (combined, connections) = (nil, [])
        return
      }
      vantage = try options.localVantage(watchesRelays: watchesRelays, watchesNames: watchesNames)
      (combined, connections) = (nil, [])
      return
    }
    guard options.hosts.isGiven else {
      let combined = CombinedVantage(recorded)
      (vantage, self.combined, connections) = (combined, combined, [])
      return
    }
    let specifications = try options.hosts.specifications()
    let fleet: Fleet
    do { fleet = try Fleet(specifications, limits: options.hosts.limits, environment: ProcessExit.environment) } catch {
      throw CommandFailure(.noAnswer, "\(error); make probe builds it, and HEADWATER_PROBE says where it is")
    }
    // This host's programs load while the others are connected to.
    async let outcomes = fleet.forEach { host in await Self.reach(host, fleet, watchesNames: watchesNames) }
    // With bundles it is another network's story, and this host has no part in it.
    let local = Result {
      recorded.isEmpty ? try options.localVantage(watchesRelays: watchesRelays, watchesNames: watchesNames) : nil
    }
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
          case .success(.some) = local
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
    case .success(let own):
      if let own { members.insert(.init(own, publicAddresses: publicAddresses), at: 0) }
      members.insert(contentsOf: recorded, at: 0)
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

  private static func reach(_ host: HostSpecification, _ fleet: Fleet, watchesNames: Bool) async -> Result<
    Reached, Unreached
  > {
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
        _ = try? await remote.startMeter(watchesNames: watchesNames)
        return .success(Reached(connection: connection, remote: remote))
      } catch {
        let why = connection.failure()
        return .failure(Unreached(host: host.name, reason: "\(error); \(why.detail)"))
      }
    }
  }
}
