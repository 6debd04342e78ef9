internal import Flows

/// Names and answers that were seen, kept for flows that outlive an interval. Its size is bounded.
struct NameCache {
  /// How many flows' names and how many answers are kept; beyond it the older half is dropped.
  private static let limit = 32_768
  /// How many names and answers one interval has at most: the newest ones.
  private static let mostOfInterval = 16_384
  /// How many names one flow has at most; several hosts may be asked for on one connection.
  private static let mostOfFlow = 4

  private struct AnswerKey: Hashable {
    let namespace: Place?
    let flow: Flow
    let question: String
    let addresses: [IPAddress]
  }

  private var names: [Leg: [FlowName]] = [:]
  private var answers: [AnswerKey: NameAnswer] = [:]

  mutating func add(_ newNames: [FlowName], _ newAnswers: [NameAnswer]) {
    for name in newNames {
      guard let namespace = name.namespace else { continue }
      let key = Leg(name.flow, at: namespace)
      var known = names[key] ?? []
      known.removeAll { $0.kind == name.kind && $0.name == name.name }
      known.append(name)
      names[key] = known.suffix(Self.mostOfFlow)
    }
    for answer in newAnswers {
      answers[
        AnswerKey(
          namespace: answer.namespace, flow: answer.flow, question: answer.question, addresses: answer.addresses)] =
        answer
    }
    if names.count > Self.limit { Self.halve(&names) { $0.last?.time ?? 0 } }
    if answers.count > Self.limit { Self.halve(&answers, \.time) }
  }

  /// Keeps the newest entries, up to half of the limit.
  private static func halve<Key, Value>(_ table: inout [Key: Value], _ time: (Value) -> Double) {
    let newest = table.sorted { time($0.value) > time($1.value) }.prefix(limit / 2)
    table = Dictionary(newest.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  /// The names of the flows in `rows`, and everything that was seen since `began` (seconds since 1970), ordered by
  /// time.
  func known(of rows: [FlowTraffic], since began: Double) -> ([FlowName], [NameAnswer]) {
    var flows: Set<Flow> = []
    var remotes: Set<IPAddress> = []
    for row in rows where row.role != .shared {
      for flow in [row.flow] + (row.translated.map { [$0] } ?? []) {
        flows.insert(flow.unordered)
        remotes.formUnion([flow.source.address, flow.destination.address])
      }
    }
    let names = names.flatMap { key, names in
      flows.contains(key.flow.unordered) ? names : names.filter { $0.time >= began }
    }
    let answers = answers.values.filter { answer in
      answer.time >= began || answer.addresses.contains(where: remotes.contains)
    }
    return (
      names.sorted { ($0.time, $0.flow.source) < ($1.time, $1.flow.source) }.suffix(Self.mostOfInterval),
      answers.sorted { ($0.time, $0.flow.source) < ($1.time, $1.flow.source) }.suffix(Self.mostOfInterval)
    )
  }
}
