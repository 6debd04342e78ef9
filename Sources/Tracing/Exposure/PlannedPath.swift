internal import Documents
internal import Flows

/// A path before it is tried, with the packets that are to be tried for it.
struct PlannedPath {
  var path: ExposurePath
  var attempts: [FirewallAttempt]
  /// Whether it is open if one of the packets arrives. Otherwise all must fare alike, because it is not known which of them
  /// comes.
  var needsOne: Bool
  /// Why nothing can be tried; nil if there is something.
  var reason: String?

  /// The path with what became of its packets, and where a rule sent them.
  func judged(_ verdicts: [FirewallVerdict]) -> (path: ExposurePath, translated: Endpoint?) {
    var path = path
    guard !verdicts.isEmpty else {
      path.factors.append(ExposureFactor(.route, reason ?? "it was not tried", certainty: .unknown))
      return (path, nil)
    }
    let open = verdicts.firstIndex { $0.outcome == .reachable }
    let doubtful = verdicts.firstIndex { $0.outcome == .unknown }
    var chosen = needsOne ? open ?? doubtful ?? 0 : doubtful ?? 0
    if !needsOne, doubtful == nil, Set(verdicts.map(\.outcome)).count > 1 {
      chosen = verdicts.firstIndex { $0.outcome == .blocked } ?? 0
      path.verdict = .unknown
      let names = attempts.compactMap(\.interface).joined(separator: " or ")
      path.factors.append(
        ExposureFactor(.route, "it is not known by which interface it comes, \(names)", certainty: .unknown))
    } else {
      path.verdict = verdicts[chosen].outcome
    }
    let verdict = verdicts[chosen]
    if attempts.indices.contains(chosen) {
      path.destination = attempts[chosen].destination
      path.from.address = attempts[chosen].source
      path.from.interface = attempts[chosen].interface
    }
    if let translated = verdict.translated {
      path.factors.append(ExposureFactor(.nat, "sent to \(translated)"))
    }
    path.factors.append(Self.factor(verdict))
    path.steps = verdict.steps
    return (path, verdict.translated)
  }

  private static func factor(_ verdict: FirewallVerdict) -> ExposureFactor {
    // The rule says more than that the copy can't tell it.
    let result =
      switch verdict.outcome {
      case .reachable: "accept"
      case .blocked: verdict.reason ?? "drop"
      case .unknown: verdict.reason ?? "not known"
      }
    let isRoute = verdict.outcome == .blocked && verdict.rule == nil
    return ExposureFactor(
      isRoute ? .route : .firewall, result, rule: verdict.rule, chain: verdict.chain,
      certainty: verdict.outcome == .unknown ? .unknown : .observed)
  }
}
