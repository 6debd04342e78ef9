internal import Flows
public import Questions

extension RelayQuestion: PastedQuestion {
  func answer(from bundle: BundleVantage) -> Told<RelayAnswer?>? {
    guard bundle.isPasted else { return nil }
    guard var answer = bundle.relays.answer(pid) else { return Told(nil) }
    answer.isRecorded = true
    let places =
      answer.frontends.map(\.configuration) + answer.backends.map(\.configuration)
      + answer.backends.flatMap { $0.servers.map(\.configuration) }
    answer.configurationCommands = Dictionary(
      places.compactMap { place in bundle.files.command(place: place).map { (place, $0) } },
      uniquingKeysWith: { first, _ in first })
    for index in answer.sessions?.indices ?? 0..<0 {
      guard let session = answer.sessions?[index] else { continue }
      if let line = bundle.relays.session(session.inbound) {
        answer.sessions?[index].evidence = [
          bundle.cite("haproxy", line, "it lists \(session.inbound) as the client of this session")
        ]
      }
    }
    return Told(answer)
  }
}

extension SitesQuestion: PastedQuestion {
  func answer(from bundle: BundleVantage) -> Told<SitesAnswer?>? {
    bundle.isPasted ? Told(bundle.relays.sites(of: pid, seconds: seconds)) : nil
  }
}

extension CountersQuestion: PastedQuestion {
  func answer(from bundle: BundleVantage) -> Told<CounterSnapshot>? {
    Told(
      CounterSnapshot(
        began: 0, ended: 0, sockets: [], notes: ["the bundle has no byte counts of these sockets"]))
  }
}
