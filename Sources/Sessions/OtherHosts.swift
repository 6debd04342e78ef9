public import Fleet
public import Flows
internal import LinuxSystem
internal import Probe
public import Questions

/// Other hosts that are connected to at the same time. If one can't be reached, only its own part is missing.
public struct OtherHosts: Sendable {
  /// A host that can be asked. Its probe ends with `connection`.
  public struct Reached: Sendable {
    public fileprivate(set) var host: HostSpecification
    let connection: ProbeConnection
    let remote: RemoteVantage
    public let vantage: any Vantage
    /// Other names under which the same host was reached.
    public fileprivate(set) var aliases: [String] = []

    /// The host as one that is asked alone, which knows its other names.
    var alone: any Vantage { aliases.isEmpty ? vantage : AliasedVantage(vantage, aliases) }
  }

  /// What to start on each host before anything is asked.
  public enum Start: Sendable {
    case nothing, meter
    /// The meter, and reading the names that flows ask for.
    case meterAndNames
  }

  /// The hosts that were reached, each once, in the order of the selection.
  public private(set) var reached: [Reached]
  public let unreached: [HostFailure]
  /// Hosts that were reached under two names.
  public let notes: [Note]

  /// Connects to the hosts.
  ///
  /// - Parameter areCounted: whether their traffic is added up, so that a network that two of them share must be there once;
  ///   otherwise each is asked for its own processes.
  ///
  /// A signal ends the connecting; hosts that were not reached by then are left out. It also
  /// ends windows early, unless the hosts are for a live view.
  ///
  /// - Throws: `MissingProbe`.
  public init(
    _ selection: HostSelection, starting start: Start = .meter, isLive: Bool = false, areCounted: Bool = false
  ) async throws {
    let fleet = try selection.fleet()
    let interruption = isLive ? nil : try Interruption.ofProgram()
    var wire = WireLimits()
    wire.seconds = selection.limits.question
    var reached: [Reached] = []
    var unreached: [HostFailure] = []
    let connecting = Task { [wire] in
      await fleet.forEach { host in await Self.reach(host, fleet, wire, start, interruption) }
    }
    let outcomes =
      if let interruption { await interruption.during({ connecting.cancel() }) { await connecting.value } } else {
        await connecting.value
      }
    for outcome in outcomes {
      switch outcome {
      case .success(let host): reached.append(host)
      case .failure(let error): unreached.append(error.failure)
      }
    }
    self.unreached = unreached
    (self.reached, notes) = Self.once(reached, byNetwork: areCounted)
  }

  /// The same hosts without some of them.
  func only(_ isWanted: (Reached) -> Bool) -> OtherHosts {
    var copy = self
    copy.reached = reached.filter(isWanted)
    return copy
  }

  /// A network namespace of a running kernel, or that with the pid namespace: two containers of one pod have the same network
  /// and different processes.
  struct Identity: Hashable {
    let bootID: String
    let namespace: UInt64
    let pidNamespace: UInt64?

    /// Nil if the host did not say which it is.
    init?(_ hello: ProbeHello, byNetwork: Bool = true) {
      guard !hello.bootID.isEmpty, hello.namespace != 0 else { return nil }
      (bootID, namespace) = (hello.bootID, hello.namespace)
      pidNamespace = byNetwork ? nil : hello.pidNamespace
    }
  }

  /// Leaves out hosts that are another one under a second name. Of the two connections the one with more rights stays.
  private static func once(_ all: [Reached], byNetwork: Bool) -> ([Reached], [Note]) {
    var known: [Identity: Int] = [:]
    var result: [Reached] = []
    var notes: [Note] = []
    for var host in all {
      let identity = Identity(host.remote.hello, byNetwork: byNetwork)
      guard let identity, let index = known[identity] else {
        if let identity { known[identity] = result.count }
        result.append(host)
        continue
      }
      var kept = result[index]
      let tellsMore = host.remote.hello.uid == 0 && kept.remote.hello.uid != 0
      if tellsMore { swap(&host, &kept) }
      notes.append(Note(.partial, Self.note(host, kept)))
      // Where process numbers differ, the name leads to nothing of the one that is kept.
      if host.remote.hello.pidNamespace == kept.remote.hello.pidNamespace {
        kept.aliases += [host.host.name] + host.aliases
      }
      kept.host.publicAddresses.merge(host.host.publicAddresses) { first, _ in first }
      result[index] = kept
      host.remote.close()
      host.connection.end()
    }
    return (result, notes)
  }

  private static func note(_ host: Reached, _ kept: Reached) -> String {
    host.remote.hello.pidNamespace == kept.remote.hello.pidNamespace
      ? "\(host.host.name) is the same host as \(kept.host.name): it is counted once"
      : "\(host.host.name) shares the network of \(kept.host.name), which is counted once: its processes are not named"
  }

  private struct Unreached: Error {
    let failure: HostFailure

    init(_ host: HostSpecification, _ reason: String) { failure = HostFailure(host: host.name, reason: reason) }
  }

  private static func reach(
    _ host: HostSpecification, _ fleet: Fleet, _ limits: WireLimits, _ start: Start, _ interruption: Interruption?
  ) async -> Result<Reached, Unreached> {
    switch await fleet.connect(to: host) {
    case .failure(let error):
      return .failure(Unreached(host, error.advice.isEmpty ? error.detail : "\(error.detail); \(error.advice)"))
    case .success(let connection):
      guard let answers = connection.takeOutput(), let questions = connection.takeInput() else {
        return .failure(Unreached(host, "its connection is in use already"))
      }
      do {
        let remote = try await RemoteVantage(host: host.name, reading: answers, writing: questions, limits: limits)
        // The meters' programs are loaded before the window begins everywhere. A host repeats its limitations when it
        // counts.
        if start != .nothing {
          do { _ = try await remote.ask(StartQuestion(names: start == .meterAndNames)) } catch let error as VantageError
            where error.endsConversation
          {
            throw error
          } catch {}
        }
        let vantage: any Vantage =
          if let interruption { EndingVantage(remote: remote, interruption: interruption) } else { remote }
        return .success(Reached(host: host, connection: connection, remote: remote, vantage: vantage))
      } catch {
        let why = connection.failure()
        return .failure(Unreached(host, "\(error); \(why.detail)"))
      }
    }
  }
}
