internal import Flows
public import Questions

extension TranslationQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<Translation?> {
    try host.withState { state in
      // Entries that ended with the namespace were counted before.
      if state.namespaces.isGone(place) { return Told(nil) }
      guard let found = try state.translation(of: flow, in: place) else { return Told(nil) }
      let after = found.translated
      let evidence = Evidence(
        "conntrack", "\(found.original) is translated to \(after.source) -> \(after.destination)",
        command: state.command(in: place, found.original.conntrackCommand))
      return Told(found, evidence: [evidence])
    }
  }
}
