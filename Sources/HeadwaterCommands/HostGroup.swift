internal import Fleet
internal import Flows
internal import LinuxSystem
internal import Meter
internal import Vantage
internal import Views

/// This host and those that were asked for on the command line, as one.
struct HostGroup {
  let vantage: any Vantage
  private let combined: CombinedVantage?
  /// The probes' connections end with the group.
  private let connections: [ProbeConnection]

  /// Connects to the hosts, if any were asked for; one that cannot be reached costs only its own part.
  ///
  /// - Parameters:
  ///   - bundles: recorded evidence, which is asked in place of this host; several of one name are refused.
  ///   - watchesRelays: see `LocalVantage`.
  ///   - watchesNames: see `LocalVantage`.
  ///   - isLive: for a view that goes on: only cancelling ends its windows, and it goes on with whatever hosts are left.
  init(
    _ options: CommonOptions, bundles: [String] = [], watchesRelays: Bool, watchesNames: Bool = false,
    isLive: Bool = false
  ) async throws {
    var recorded: [CombinedVantage.Member] = []
    for host in try bundles.flatMap({ try EvidenceBundle(reading: $0).vantages }) {
      if options.verbose { for note in host.notes { Console.report("\(host.host): \(note)") } }
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
    // This host's programs load while the others are connected to.
    async let outcomes = OtherHosts(options, watchesNames: watchesNames)
    // With bundles it is another network's story, and this host has no part in it.
    let local = Result {
      recorded.isEmpty
        ? try options.localVantage(watchesRelays: watchesRelays, watchesNames: watchesNames, isLive: isLive) : nil
    }
    let others = try await outcomes
    let here = ProbeHello.own(program: "")
    var members: [CombinedVantage.Member] = []
    var unreached = others.unreached
    var connections: [ProbeConnection] = []
    var publicAddresses: [IPAddress: IPAddress] = [:]
    for reached in others.reached {
      // This very host, reached the long way round, is not two.
      if !here.bootID.isEmpty, reached.vantage.hello.bootID == here.bootID,
        reached.vantage.hello.namespace == here.namespace,
        case .success(.some) = local
      {
        publicAddresses.merge(reached.host.publicAddresses) { first, _ in first }
        continue
      }
      connections.append(reached.connection)
      members.append(.init(reached.vantage, publicAddresses: reached.host.publicAddresses))
    }
    switch local {
    case .success(let own):
      if let own { members.insert(.init(own, publicAddresses: publicAddresses), at: 0) }
      members.insert(contentsOf: recorded, at: 0)
    case .failure(let error):
      guard !members.isEmpty else { throw error }
      unreached.append(HostFailure(host: here.host, reason: "this host is left out: \(error)"))
    }
    let combined = CombinedVantage(members, unreached: unreached, needsFirst: !isLive)
    (vantage, self.combined, self.connections) = (combined, combined, connections)
  }

  /// Hosts that did not answer, or not to the end.
  var failures: [HostFailure] { combined?.failures ?? [] }

  /// Says which hosts failed, and ends with the status for it.
  func reportFailures() throws {
    guard !failures.isEmpty else { return }
    for failure in failures { Console.report("\(failure)") }
    throw ExitStatus.unreachable
  }
}
