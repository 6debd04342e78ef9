public import Flows
public import Questions
internal import Synchronization

/// What connection tracking makes of the connections that a host itself opens (DNAT in OUTPUT: a cluster's service
/// address, a published port used from the host itself). Their sockets' rows have the addresses before translation, and
/// the other end knows those behind it.
///
/// Each connection is looked up once, the busiest first; the answer is kept as long as the connection has traffic.
public final class TalkTranslations: Sendable {
  /// How many connections are looked up for one interval.
  private static let lookUps = 256

  private struct State {
    var known: [FlowTraffic.Identity: Flow?] = [:]
    /// Places where lookups are refused, with the number of intervals until the next attempt.
    var closed: [Place: Int] = [:]
  }

  private let state = Mutex(State())

  public init() {}

  /// The rows of `interval`, where sockets' rows have what their flow is translated to. A row whose translation is not
  /// known stays as it is.
  ///
  /// - Throws: `CancellationError` only.
  public func rows(of interval: Interval, _ vantage: any Vantage) async throws -> [FlowTraffic] {
    var rows = interval.flows
    let candidates = rows.indices.filter { rows[$0].mayBeTranslatedHere }
    let present = Set(candidates.map { rows[$0].identity })
    let wanted = state.withLock { state in
      state.known = state.known.filter { present.contains($0.key) }
      state.closed = state.closed.mapValues { $0 - 1 }.filter { $0.value > 0 }
      return candidates.filter {
        !state.known.keys.contains(rows[$0].identity) && state.closed[rows[$0].namespace] == nil
      }
    }.sorted { rows[$0].traffic.bytes > rows[$1].traffic.bytes }.prefix(Self.lookUps)
    let asked = wanted.map { rows[$0] }
    for start in stride(from: 0, to: asked.count, by: 64) {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for row in asked[start..<min(start + 64, asked.count)] {
          group.addTask { try await self.lookUp(row, vantage) }
        }
        try await group.waitForAll()
      }
    }
    let known = state.withLock { $0.known }
    for index in candidates {
      guard let translated = known[rows[index].identity] ?? nil, translated != rows[index].flow else { continue }
      rows[index].translated = translated
    }
    return rows
  }

  private func lookUp(_ row: FlowTraffic, _ vantage: any Vantage) async throws {
    guard state.withLock({ $0.closed[row.namespace] == nil }) else { return }
    do {
      let entry = try await vantage.translation(of: row.flow, in: row.namespace)
      let translated = entry.flatMap { $0.original == row.flow ? $0.translated : nil }
      state.withLock { $0.known[row.identity] = .some(translated) }
    } catch is VantageError {
      try Task.checkCancellation()
      // What one flow is refused, the next one is refused as well, for a while at least.
      state.withLock { $0.closed[row.namespace] = 10 }
    }
  }
}

extension FlowTraffic {
  /// Whether it is a socket of the end that began, so that this host's own rules may translate its destination.
  fileprivate var mayBeTranslatedHere: Bool {
    isTalk && (role == .initiator || role == .peer) && translated == nil && flow.transport.hasPorts
      && !(flow.source.address.isLoopback && flow.destination.address.isLoopback)
  }
}
