public import Fleet
internal import Flows
internal import LinuxSystem
internal import Probe
public import Questions

/// Other hosts that are connected to at the same time. If one can't be reached, only its own part is missing.
public struct OtherHosts: Sendable {
  /// A host that can be asked. Its probe ends with `connection`.
  public struct Reached: Sendable {
    public let host: HostSpecification
    let connection: ProbeConnection
    let remote: RemoteVantage
    public let vantage: any Vantage
  }

  /// What to start on each host before anything is asked.
  public enum Start: Sendable {
    case nothing, meter
    /// The meter, and reading the names that flows ask for.
    case meterAndNames
  }

  /// The hosts that were reached, in the order of the selection.
  public let reached: [Reached]
  public let unreached: [HostFailure]

  /// Connects to the hosts. A signal ends the connecting; hosts that were not reached by then are left out. It also
  /// ends windows early, unless the hosts are for a live view.
  ///
  /// - Throws: `MissingProbe`.
  public init(_ selection: HostSelection, starting start: Start = .meter, isLive: Bool = false) async throws {
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
    (self.reached, self.unreached) = (reached, unreached)
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
