internal import Bundles
internal import Fleet
public import Flows
internal import LinuxSystem
internal import Probe
public import Questions

/// This host and others, as one vantage.
public struct HostGroup {
  public let vantage: any Vantage
  /// Notes about recorded evidence, and hosts that were reached under two names.
  public private(set) var notes: [Note]
  private let combined: CombinedVantage?
  /// The probes' connections, which end with the group.
  private let connections: [ProbeConnection]

  /// Connects to the hosts, if there are any. If one can't be reached, only its own part is missing.
  ///
  /// - Parameters:
  ///   - here: how this host counts. If it is optional, the group continues with the remaining hosts.
  ///   - others: the other hosts; nil for this host alone.
  ///   - bundles: recorded evidence, which replaces this host. Two bundles with the same host name are rejected.
  public init(_ here: LocalMeasurement, others: HostSelection?, bundles: [String] = []) async throws {
    var recorded: [CombinedVantage.Member] = []
    var notes: [Note] = []
    let bundle = bundles.isEmpty ? nil : try EvidenceBundle(reading: bundles)
    notes += bundle?.notes ?? []
    for host in bundle?.vantages ?? [] {
      notes += host.remarks.map { $0.on(host.host) }
      let addresses = (host.record.publicAddresses ?? [:]).compactMap { text, own in IPAddress(text).map { ($0, own) } }
      recorded.append(.init(host, publicAddresses: Dictionary(addresses, uniquingKeysWith: { first, _ in first })))
    }
    self.notes = notes
    let known = Set((bundle?.vantages ?? []).map(\.host))
    let missed = bundle?.unreached ?? []
    guard var others else {
      connections = []
      if recorded.count > 1 || !missed.isEmpty {
        let combined = CombinedVantage(recorded, unreached: missed)
        (vantage, self.combined) = (combined, combined)
      } else {
        (vantage, combined) = (try recorded.first?.vantage ?? here.vantage(), nil)
      }
      return
    }
    // What was recorded of a host is another time's, and would be counted beside it.
    for host in others.hosts where known.contains(host.name) {
      self.notes.append(Note(.partial, "\(host.name) is in the recorded evidence, and is not queried besides"))
    }
    others.hosts.removeAll { known.contains($0.name) }
    // This host's programs are loaded while the others are connected to.
    let wanted = others
    async let outcomes = OtherHosts(
      wanted, starting: here.isIdle ? .nothing : here.watchesNames ? .meterAndNames : .meter, isLive: here.isLive,
      areCounted: true)
    // With bundles, this host has no part in the answer, because they are about another network.
    let local = Result { recorded.isEmpty ? try here.vantage() : nil }
    let reachedOthers = try await outcomes
    let own = ProbeHello.own(program: "")
    var members: [CombinedVantage.Member] = []
    var unreached = reachedOthers.unreached + missed
    var connections: [ProbeConnection] = []
    var publicAddresses: [IPAddress: IPAddress] = [:]
    var aliases: [String] = []
    // This host, where it is asked over ssh because that gives more rights.
    var privileged: CombinedVantage.Member?
    self.notes += reachedOthers.notes
    for reached in reachedOthers.reached {
      // A host that is this very host, reached over the network, does not count twice.
      let isHere =
        OtherHosts.Identity(own).map { OtherHosts.Identity(reached.remote.hello) == $0 } ?? false
      if isHere, case .success(.some) = local {
        publicAddresses.merge(reached.host.publicAddresses) { first, _ in first }
        // Over the network it may have rights that this program has not.
        guard reached.remote.hello.uid == 0, own.uid != 0 else {
          if reached.remote.hello.pidNamespace == own.pidNamespace { aliases += [reached.host.name] + reached.aliases }
          self.notes.append(Note(.detail, "\(reached.host.name) is this host, \(own.host): it is counted once"))
          continue
        }
        self.notes.append(
          Note(.detail, "\(reached.host.name) is this host: it is asked with the rights that it gives over ssh"))
        connections.append(reached.connection)
        privileged = CombinedVantage.Member(reached.vantage, publicAddresses: publicAddresses, isHere: true)
        privileged?.aliases = reached.aliases + [own.host]
        continue
      }
      connections.append(reached.connection)
      var member = CombinedVantage.Member(reached.vantage, publicAddresses: reached.host.publicAddresses)
      member.aliases = reached.aliases
      members.append(member)
    }
    switch local {
    case .success(let vantage):
      if let privileged {
        members.insert(privileged, at: 0)
      } else if let vantage {
        let names = Set(members.map(\.vantage.host) + unreached.map(\.host))
        var own: any Vantage = vantage
        if names.contains(vantage.host) {
          own = NamedVantage(vantage, as: NamedVantage.own(besides: names))
          self.notes.append(
            Note(.partial, "another host is called \(vantage.host) as well: this host is shown as \(own.host)"))
        }
        var member = CombinedVantage.Member(own, publicAddresses: publicAddresses, isHere: true)
        member.aliases = aliases.filter { $0 != own.host }
        members.insert(member, at: 0)
      }
      members.insert(contentsOf: recorded, at: 0)
    case .failure(let error):
      guard !members.isEmpty else { throw error }
      unreached.append(HostFailure(host: own.host, reason: "this host is left out: \(error)"))
    }
    let combined = CombinedVantage(members, unreached: unreached, needsFirst: !here.isOptional)
    (vantage, self.combined, self.connections) = (combined, combined, connections)
  }

  /// Hosts that did not answer, or stopped answering.
  public var failures: [HostFailure] { combined?.failures ?? [] }
}
