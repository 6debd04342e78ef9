public import Questions

/// This host, or others in its place, each asked for itself.
public struct AskedHosts: Sendable {
  private let here: @Sendable () throws -> any Vantage
  /// Nil for this host.
  public let others: HostSelection?
  private let meter: OtherHosts.Start

  /// - Parameters:
  ///   - here: this host; called if no others are wanted.
  ///   - meter: what is started on the others before anything is asked.
  public init(
    _ here: @escaping @Sendable () throws -> any Vantage, others: HostSelection?, meter: OtherHosts.Start = .meter
  ) {
    self.here = here
    self.others = others
    self.meter = meter
  }

  /// Asks every host at once. One of several that fails costs only its own part; what this host throws is thrown.
  public func ask<Answer: Sendable>(
    _ question: @escaping @Sendable (any Vantage) async throws -> Answer
  ) async throws -> HostAnswers<Answer> {
    guard let others else { return HostAnswers([try await question(try here())]) }
    let hosts = try await OtherHosts(others, starting: meter)
    return await hosts.ask { try await question($0.vantage) }
  }
}
