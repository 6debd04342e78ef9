internal import Flows

/// Pairs the datagrams of DNS servers that ask others: the same question comes in and goes out, and its answer comes in and goes
/// out.
///
/// A server that has an answer already asks nobody, so that equal numbers of bytes say nothing there.
struct QuestionPairing {
  /// The answers by flow, from the one who asked.
  private var answered: [Flow: [NameAnswer]] = [:]

  static let port: UInt16 = 53
  /// An answer is passed on within this time, in seconds.
  private static let promptness = 0.05
  /// Two clocks' readings of one packet differ by so much.
  private static let slack = 0.001

  /// - Parameter answers: the interval's; nil unless names were watched.
  init(_ answers: [NameAnswer]?) {
    for answer in answers ?? [] { answered[answer.flow, default: []].append(answer) }
  }

  /// Whether a flow is one of questions, which are paired here only.
  static func isOfQuestions(_ row: FlowTraffic) -> Bool {
    let server = row.role == .responder ? row.flow.source : row.flow.destination
    return row.flow.transport == .udp && server.port == port
  }

  /// Whether a process with these flows passes on questions, as far as it was seen.
  func canTell(_ inbound: [FlowTraffic], _ outbound: [FlowTraffic]) -> Bool {
    inbound.contains { Self.isOfQuestions($0) && answered[$0.flow.reversed] != nil }
      && outbound.contains { Self.isOfQuestions($0) && answered[$0.flow] != nil }
  }

  /// The pairs of one process; one for each made flow whose question only one client asked at that time.
  func links(_ inbound: [FlowTraffic], _ outbound: [FlowTraffic]) -> [RelayLink] {
    var askers: [String: [(flow: Flow, answer: NameAnswer)]] = [:]
    for row in inbound where Self.isOfQuestions(row) {
      let flow = row.flow.reversed
      for answer in answered[flow] ?? [] { askers[answer.question, default: []].append((flow, answer)) }
    }
    var links: [RelayLink] = []
    for row in outbound where Self.isOfQuestions(row) {
      // By client's flow: how many questions; nil stands for those that several clients asked.
      var counts: [Flow: Int] = [:]
      var (open, most) = (0, 0)
      for answer in answered[row.flow] ?? [] {
        let all = Set((askers[answer.question] ?? []).map(\.flow))
        let near = Set(
          (askers[answer.question] ?? []).filter { Self.isPassedOn(answer.time, at: $0.answer.time) }.map(\.flow))
        if let only = near.count == 1 ? near.first : all.count == 1 ? all.first : nil, near.count < 2 {
          counts[only, default: 0] += 1
        } else if !all.isEmpty {
          (open, most) = (open + 1, max(most, all.count))
        }
      }
      // A flow with questions of which some are open is not paired: its bytes are not divided.
      if counts.count == 1, open == 0, let (client, count) = counts.first {
        links.append(
          RelayLink(
            namespace: row.namespace, inbound: client, outbound: row.flow, method: .question, exchanges: count))
      } else if counts.count > 1, open == 0 {
        for (client, count) in counts {
          links.append(
            RelayLink(
              namespace: row.namespace, inbound: client, outbound: row.flow, method: .question, exchanges: count))
        }
      } else if open > 0, let client = counts.keys.first ?? askers.values.first?.first?.flow {
        links.append(
          RelayLink(
            namespace: row.namespace, inbound: client, outbound: row.flow, method: .question,
            candidates: max(2, most)))
      }
    }
    return links
  }

  private static func isPassedOn(_ arrived: Double, at sent: Double) -> Bool {
    sent >= arrived - slack && sent <= arrived + promptness
  }
}
