internal import Flows
internal import Synchronization

/// Recorded answers, found by their questions. The outer optional says whether the question was ever asked.
final class RecordedIndex: Sendable {
  let translations: [Leg: Translation]
  let sockets: [Leg: SocketAnswer]
  let routes: [NamespaceAddress: RouteAnswer]
  let neighbours: [NamespaceAddress: NeighbourAnswer]
  let tunnels: [Device: TunnelAnswer]
  let relays: [Int32: RelayAnswer]
  let sites: [Int32: SitesAnswer]
  let owners: [Int32: Owner]
  private let counters: [Set<Int32>: [CounterSnapshot]]
  /// How many snapshots of each relay were given.
  private let given = Mutex<[Set<Int32>: Int]>([:])

  struct Device: Hashable {
    let at: NamespaceAddress
    let interface: UInt32
  }

  init(_ answers: RecordedAnswers) {
    var translations: [Leg: Translation] = [:]
    for record in answers.translations {
      guard let answer = record.answer else { continue }
      // Under every name of the connection, as the kernel would find it.
      for flow in [
        record.flow, answer.original, answer.original.reversed, answer.translated, answer.translated.reversed,
      ] {
        let key = Leg(flow, at: record.namespace)
        if translations[key] == nil { translations[key] = answer }
      }
    }
    for record in answers.translations {
      guard let answer = record.answer else { continue }
      translations[Leg(record.flow, at: record.namespace)] = answer
    }
    self.translations = translations
    sockets = Self.index(answers.sockets) { (Leg($0.flow, at: $0.namespace), $0.answer) }
    routes = Self.index(answers.routes) { (NamespaceAddress(namespace: $0.namespace, address: $0.address), $0.answer) }
    neighbours = Self.index(answers.neighbours) {
      (NamespaceAddress(namespace: $0.namespace, address: $0.address), $0.answer)
    }
    tunnels = Self.index(answers.tunnels) {
      let at = NamespaceAddress(namespace: $0.namespace, address: $0.address)
      return (Device(at: at, interface: $0.interface), $0.answer)
    }
    relays = Self.index(answers.relays) { ($0.pid, $0.answer) }
    sites = Self.index(answers.sites ?? []) { ($0.pid, $0.answer) }
    owners = Self.index(answers.owners) { ($0.process?.pid ?? 0, $0) }
    counters = Self.index(answers.counters) { (Set($0.pids), $0.snapshots) }
  }

  private static func index<Record, Key: Hashable, Answer>(
    _ records: [Record], _ entry: (Record) -> (Key, Answer?)
  ) -> [Key: Answer] {
    var result: [Key: Answer] = [:]
    for record in records {
      let (key, answer) = entry(record)
      if let answer { result[key] = answer }
    }
    return result
  }

  /// The snapshots one after the other, as they were taken; then the last one again and again.
  func snapshot(of pids: Set<Int32>) -> CounterSnapshot? {
    guard let list = counters[pids], !list.isEmpty else { return nil }
    let turn = given.withLock { given in
      let turn = given[pids, default: 0]
      given[pids] = turn + 1
      return turn
    }
    return list[min(turn, list.count - 1)]
  }
}
