internal import Flows
public import Questions
internal import Tracing

/// This host, or other hosts instead, each of which answers for itself.
public struct AskedHosts: Sendable {
  private let here: @Sendable () throws -> any Vantage
  /// The other hosts; nil for this host.
  public let others: HostSelection?
  private let meter: OtherHosts.Start

  /// - Parameters:
  ///   - here: creates the vantage of this host; called only if no other hosts are wanted.
  ///   - meter: what to start on the other hosts before anything is asked.
  public init(
    _ here: @escaping @Sendable () throws -> any Vantage, others: HostSelection?, meter: OtherHosts.Start = .meter
  ) {
    self.here = here
    self.others = others
    self.meter = meter
  }

  /// Asks all hosts at once. If one of several fails, only its own part is missing; an error of this host is thrown.
  public func ask<Answer: Sendable>(
    _ question: @escaping @Sendable (any Vantage) async throws -> Answer
  ) async throws -> HostAnswers<Answer> { try await connected().ask(question) }

  /// Connects to the other hosts, if any.
  public func connected() async throws -> Connected {
    guard let others else { return .here(try here()) }
    return .others(try await OtherHosts(others, starting: meter))
  }

  /// The hosts, to be asked more than once.
  public enum Connected: Sendable {
    case here(any Vantage)
    case others(OtherHosts)

    /// Asks all hosts at once. If one of several fails, only its own part is missing; an error of this host is thrown.
    public func ask<Answer: Sendable>(
      _ question: @escaping @Sendable (any Vantage) async throws -> Answer
    ) async throws -> HostAnswers<Answer> {
      switch self {
      case .here(let vantage): return HostAnswers([try await question(vantage)])
      case .others(let hosts): return await hosts.ask { try await question($0.alone) }
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
