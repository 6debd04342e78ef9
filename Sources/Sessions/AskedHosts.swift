public import Questions

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
  ) async throws -> HostAnswers<Answer> {
    guard let others else { return HostAnswers([try await question(try here())]) }
    let hosts = try await OtherHosts(others, starting: meter)
    return await hosts.ask { try await question($0.vantage) }
  }
}
