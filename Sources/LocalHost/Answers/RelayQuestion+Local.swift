internal import Flows
public import Questions

extension RelayQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<RelayAnswer?> {
    Told(try host.withState { try $0.relay(of: pid, in: place) })
  }
}

extension SitesQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<SitesAnswer?> {
    guard let owner = try host.withState({ try $0.owners.owner(ofProcess: pid) }), let process = owner.process else {
      return Told(nil)
    }
    // Logs may be long, so this runs without the lock.
    return Told(LocalSites().answer(process, owner.container, place, seconds: seconds))
  }
}

extension CountersQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<CounterSnapshot> { Told(host.withState { $0.counters(of: pids) }) }
}

extension FilesQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<[CollectedFile]> {
    var owners: [Owner] = []
    var unread: [CollectedFile] = []
    host.withState { state in
      for pid in pids {
        // A process that has ended has no files to read.
        do { if let owner = try state.owners.owner(ofProcess: pid) { owners.append(owner) } } catch {
          unread.append(CollectedFile(container: nil, unread: "not read: the files of process \(pid): \(error)"))
        }
      }
    }
    return Told(LocalEvidence.files(of: owners) + unread)
  }
}
