internal import Flows
public import Questions

extension RelayQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<RelayAnswer?> {
    Told(host.withState { $0.relay(of: pid, in: place) })
  }
}

extension SitesQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<SitesAnswer?> {
    guard let process = host.withState({ $0.owners.process(pid) }) else { return Told(nil) }
    // Logs may be long: nobody else waits for them.
    return Told(LocalSites().answer(process, place, seconds: seconds))
  }
}

extension CountersQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<CounterSnapshot> { Told(host.withState { $0.counters(of: pids) }) }
}

extension FilesQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<[CollectedFile]> {
    let owners = host.withState { state in pids.compactMap { state.owners.owner(ofProcess: $0) } }
    return Told(LocalEvidence.files(of: owners))
  }
}
