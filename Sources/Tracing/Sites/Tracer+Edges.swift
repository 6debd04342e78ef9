internal import Flows
internal import Questions

extension Interval {
  /// The period in which logs have the requests of the window's connections, in seconds since 1970; nil if the window's
  /// time is not known.
  var requestWindow: ClosedRange<Double>? {
    // Logs truncate fractions of a second.
    began.map { ($0 - 1)...($0 + seconds + 1) }
  }
}

extension Tracer {
  /// Follows the connection through the CDN that it came from: one connection for each source that asks for the same
  /// site, with its share, and one for the rest.
  func follow(
    _ connection: Connection, asking finding: SiteFinding?, through edges: EdgeIndex, _ sets: some NamedSets,
    _ walker: Walker
  ) async throws -> [Connection] {
    guard let finding, case .external(_, let address, _, nil, _) = connection.initiator.steps.last,
      let provider = sets.provider(of: address)
    else { return [connection] }
    let candidates = edges.candidates(for: finding, through: provider)
    guard !candidates.isEmpty else { return [connection] }
    var result: [Connection] = []
    var left = connection.bytes
    var followed = 0.0
    for candidate in candidates {
      let row = candidate.row
      // From the CDN to the source: the way out of the source, reversed, and then to its beginning.
      let out = try await walker.walk(row.fromInitiator, from: row.namespace, .towardResponder)
      let back = try await walker.walk(row.fromInitiator, from: row.namespace, .towardInitiator)
      guard out.count == 1, let first = out.first, case .external = first.steps.last else { continue }
      let outward = Walker.Path(steps: first.steps.dropLast(), place: first.place, flow: first.flow)
      followed += candidate.crossing.share
      for path in back {
        let beyond = Connection(row: row, initiator: path, responder: outward, bytes: 0)
        let bytes = min(left, UInt64(Double(connection.bytes) * candidate.crossing.share * path.share))
        left -= bytes
        var initiator = path
        initiator.steps =
          connection.initiator.steps.dropLast() + [.edge(row.namespace, candidate.crossing)] + beyond.steps
        initiator.share = connection.initiator.share * candidate.crossing.share * path.share
        result.append(
          Connection(row: connection.row, initiator: initiator, responder: connection.responder, bytes: bytes))
      }
    }
    // Rounding leaves nothing over if the source of every request was followed.
    if left > 0, followed > 0.995, let last = result.popLast() {
      result.append(
        Connection(row: last.row, initiator: last.initiator, responder: last.responder, bytes: last.bytes + left))
    } else if left > 0 {
      result.append(
        Connection(
          row: connection.row, initiator: connection.initiator, responder: connection.responder, bytes: left))
    }
    return result
  }
}
