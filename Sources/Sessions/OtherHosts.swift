public import Fleet
internal import Flows
internal import LinuxSystem
public import Questions
public import Probe

/// Other hosts, connected to side by side. One that cannot be reached costs only its own part.
public struct OtherHosts: Sendable {
  /// A host that can be asked; its probe ends with `connection`.
  public struct Reached: Sendable {
    public let host: HostSpecification
    let connection: ProbeConnection
    public let vantage: RemoteVantage
  }

  /// In the order of the selection.
  public let reached: [Reached]
  public let unreached: [HostFailure]

  /// - Throws: `MissingProbe`.
  public init(_ selection: HostSelection, watchesNames: Bool = false) async throws {
    let fleet = try selection.fleet()
    var wire = WireLimits()
    wire.seconds = selection.limits.question
    var reached: [Reached] = []
    var unreached: [HostFailure] = []
    for outcome in await fleet.forEach({ [wire] host in await Self.reach(host, fleet, wire, watchesNames) }) {
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
    _ host: HostSpecification, _ fleet: Fleet, _ limits: WireLimits, _ watchesNames: Bool
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
        // The meter's programs load before the window begins everywhere. What a host can't do it says again when it counts.
        do { _ = try await remote.ask(StartQuestion(names: watchesNames)) } catch let error as VantageError
          where error.endsConversation
        {
          throw error
        } catch {}
        return .success(Reached(host: host, connection: connection, vantage: remote))
      } catch {
        let why = connection.failure()
        return .failure(Unreached(host, "\(error); \(why.detail)"))
      }
    }
  }
}
