internal import Flows
public import Questions

extension ProcessQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<Process?> {
    let process = try host.withState { try $0.owners.process(id.pid) }
    return Told(process.flatMap { id.isAbout($0) ? $0 : nil })
  }
}

extension OwnerQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<Owner?> {
    let owner = try host.withState { try $0.owners.owner(ofProcess: id.pid) }
    return Told(owner.flatMap { owner in owner.process.map(id.isAbout) == true ? owner : nil })
  }
}

extension ProcessID {
  /// Whether `process` is the one that is meant: the pid is the same, and start times that are both known differ by
  /// less than 2 seconds (each counts from a time of boot that is known to about a second).
  func isAbout(_ process: Process) -> Bool {
    guard pid == process.pid else { return false }
    guard let meant = startTime, let known = process.startTime else { return true }
    return abs(meant - known) < 2
  }
}
