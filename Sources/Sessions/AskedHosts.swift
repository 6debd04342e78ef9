public import Bundles
internal import Flows
public import Questions
internal import Tracing

/// This host, or other hosts or recorded ones instead, each of which answers for itself.
public struct AskedHosts: Sendable {
  private let here: @Sendable () throws -> any Vantage
  /// The other hosts; nil for this host.
  public let others: HostSelection?
  private let meter: OtherHosts.Start
  /// Recorded hosts instead of all others; nil if none were asked for.
  private let recorded: EvidenceBundle?

  /// - Parameters:
  ///   - here: creates the vantage of this host; called only if no other hosts are wanted.
  ///   - meter: what to start on the other hosts before anything is asked.
  ///   - recorded: recorded hosts, which are asked instead of all others.
  public init(
    _ here: @escaping @Sendable () throws -> any Vantage, others: HostSelection?, meter: OtherHosts.Start = .meter,
    recorded: EvidenceBundle? = nil
  ) {
    self.recorded = recorded
    self.here = here
    self.others = others
    self.meter = meter
  }

  /// Asks all hosts at once. If one of several fails, only its own part is missing; an error of this host is thrown.
  ///
  /// - Parameter who: the target that is asked about; one that begins with a host's name is asked of that host alone.
  /// - Throws: `TargetError` if that host does not answer.
  public func ask<Answer: Sendable>(
    about who: String? = nil, _ question: @escaping @Sendable (any Vantage) async throws -> Answer
  ) async throws -> HostAnswers<Answer> { try await connected().only(namedIn: who).ask(question) }

  /// Connects to the other hosts, if any.
  public func connected() async throws -> Connected {
    if let recorded { return .recorded(recorded, recorded.vantages) }
    guard let others else { return .here(try here()) }
    return .others(try await OtherHosts(others, starting: meter))
  }

  /// The hosts, to be asked more than once.
  public enum Connected: Sendable {
    case here(any Vantage)
    case others(OtherHosts)
    /// Evidence, and those of its hosts that are asked.
    case recorded(EvidenceBundle, [BundleVantage])

    /// Asks all hosts at once. If one of several fails, only its own part is missing; an error of this host is thrown.
    public func ask<Answer: Sendable>(
      _ question: @escaping @Sendable (any Vantage) async throws -> Answer
    ) async throws -> HostAnswers<Answer> {
      switch self {
      case .here(let vantage): return HostAnswers([try await question(vantage)])
      case .others(let hosts): return await hosts.ask { try await question($0.alone) }
      case .recorded(let evidence, let hosts):
        // Of one host, an error is that of the command.
        var found =
          hosts.count == 1
          ? HostAnswers([try await question(hosts[0])])
          : await HostAnswers(asking: hosts.map { ($0.host, $0) }) { try await question(hosts[$0]) }
        found.failures += evidence.unreached
        found.notes += evidence.remarks
        return found
      }
    }

    /// The host whose name `who` begins with; all hosts if it begins with none.
    ///
    /// - Throws: `TargetError` if that host does not answer.
    public func only(namedIn who: String?) throws -> Connected {
      guard let who else { return self }
      let (names, silent): ([(name: String, index: Int)], [HostFailure])
      switch self {
      case .here: return self
      case .others(let hosts):
        names = hosts.reached.enumerated().flatMap { index, host in
          ([host.host.name] + host.aliases).map { ($0, index) }
        }
        silent = hosts.unreached
      case .recorded(let evidence, let hosts):
        names = hosts.enumerated().map { ($1.host, $0) }
        silent = evidence.unreached
      }
      guard let name = Target.hostName(in: who, among: names.map(\.name) + silent.map(\.host)) else { return self }
      let wanted = Set(names.filter { $0.name == name }.map(\.index))
      if wanted.isEmpty, let failure = silent.first(where: { $0.host == name }) {
        throw TargetError(silent: failure, in: who)
      }
      switch self {
      case .here: return self
      case .others(let hosts):
        let kept = Set(wanted.map { hosts.reached[$0].host.name })
        return .others(hosts.only { kept.contains($0.host.name) })
      case .recorded(let evidence, let hosts): return .recorded(evidence, wanted.sorted().map { hosts[$0] })
      }
    }

    /// The only host that has the process. All hosts if none has it, or if there is only one: each then says so itself.
    ///
    /// - Throws: `TargetError` if several have it.
    public func only(having pid: Int32) async throws -> Connected {
      guard case .others(let hosts) = self, hosts.reached.count > 1 else { return self }
      let answers = await hosts.ask { host in
        (name: host.host.name, hasIt: try await host.vantage.process(ProcessID(pid: pid)) != nil)
      }.answers
      let names = answers.filter(\.hasIt).map(\.name)
      guard names.count < 2 else { throw TargetError(process: pid, on: names) }
      return names.isEmpty ? self : .others(hosts.only { $0.host.name == names[0] })
    }
  }
}
