internal import Documents
internal import Flows
internal import Questions

/// The reports of a host's relays, of which programs that work in several processes have one for all.
struct RelayReports {
  private var kinds: [Kind] = []
  private var members: [Kind: [RelayReport]] = [:]

  /// What one program started, for each client or as workers.
  private struct Kind: Hashable {
    let host: Int
    let software: String
    let user: String?
    /// The program that started it, of the same name; or else the process itself.
    let head: Int32
  }

  mutating func add(_ report: RelayReport, of map: RelayMap, onHostOf place: Place) {
    let starter = map.process.parents?.first.flatMap { $0.name == map.process.name && $0.pid > 1 ? $0.pid : nil }
    let kind = Kind(
      host: place.host, software: report.software, user: map.answer.user, head: starter ?? map.process.pid)
    if members[kind] == nil { kinds.append(kind) }
    members[kind, default: []].append(report)
  }

  /// One report for each program.
  func joined(_ inquiry: Inquiry) async throws -> [RelayReport] {
    var result: [RelayReport] = []
    for kind in kinds {
      guard let reports = members[kind], var whole = reports.first else { continue }
      if reports.count > 1 {
        for report in reports.dropFirst() { whole.add(report) }
        whole.processes = reports.count
        let head = ProcessID(host: kind.host, pid: kind.head)
        if let owner = try await inquiry.ask(OwnerQuestion(head)).told?.value { whole.owner = owner }
      }
      result.append(whole)
    }
    return result
  }
}

extension RelayReport {
  fileprivate mutating func add(_ other: RelayReport) {
    inbound += other.inbound
    outbound += other.outbound
    bytes += other.bytes
    ways = (ways + other.ways).sorted { ($0.bytes, $1.inbound.source) > ($1.bytes, $0.inbound.source) }
    unpaired += other.unpaired
    own += other.own
    notes += other.notes.filter { !notes.contains($0) }
  }
}
