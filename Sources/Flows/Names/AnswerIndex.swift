/// DNS answers by the addresses they contain. It tells which name a flow's initiator most likely asked for.
public struct AnswerIndex: Sendable {
  private struct Key: Hashable {
    var namespace: Place?
    var address: IPAddress
  }

  /// The answers for each address, ordered by time.
  private let answers: [Key: [NameAnswer]]

  public init(_ answers: some Sequence<NameAnswer>) {
    var index: [Key: [NameAnswer]] = [:]
    for answer in answers {
      for address in Set(answer.addresses) {
        index[Key(namespace: answer.namespace, address: address), default: []].append(answer)
      }
    }
    self.answers = index.mapValues { $0.sorted { $0.time < $1.time } }
  }

  /// The DNS answers that may have led to `flow`, which began at `time` (seconds since 1970) in `namespace`, most
  /// likely first. Answers to the initiator itself come before answers to the host's own resolver on loopback, later
  /// before earlier ones; there is one for each question.
  ///
  /// - Parameter own: further addresses of the initiator's host from which it may have asked.
  public func candidates(
    for flow: Flow, at time: Double, in namespace: Place? = nil, own: Set<IPAddress> = []
  ) -> [NameAnswer] {
    let known = answers[Key(namespace: namespace, address: flow.destination.address)] ?? []
    var exact: [NameAnswer] = []
    var near: [NameAnswer] = []
    var questions: Set<String> = []
    for answer in known.reversed() where answer.time <= time {
      let asker = answer.flow.source.address
      if asker == flow.source.address {
        if questions.insert(answer.question).inserted { exact.append(answer) }
      } else if asker.isLoopback || own.contains(asker) {
        near.append(answer)
      }
    }
    return exact + near.filter { questions.insert($0.question).inserted }
  }

  /// The most likely name of `flow`; nil without a matching answer.
  public func name(
    for flow: Flow, at time: Double, in namespace: Place? = nil, own: Set<IPAddress> = []
  ) -> FlowName? {
    candidates(for: flow, at: time, in: namespace, own: own).first.map { answer in
      FlowName(namespace: namespace, flow: flow, name: answer.question, kind: .dns, time: answer.time)
    }
  }
}
