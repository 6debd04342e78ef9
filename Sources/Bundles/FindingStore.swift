internal import Flows

/// Findings by type and place. A new type of finding needs no change here.
struct FindingStore: Sendable {
  private var lists: [ObjectIdentifier: any FindingList] = [:]

  /// All findings of one type.
  func all<Finding: Sendable>(_ type: Finding.Type) -> [EvidencePlace: [Evident<Finding>]] {
    (lists[ObjectIdentifier(type)] as? FindingTable<Finding>)?.byPlace ?? [:]
  }

  mutating func add<Finding: Sendable>(_ findings: [Evident<Finding>], at place: EvidencePlace) {
    guard !findings.isEmpty else { return }
    let key = ObjectIdentifier(Finding.self)
    // Removed first, so that it is not copied.
    var list = lists.removeValue(forKey: key) as? FindingTable<Finding> ?? FindingTable()
    list.byPlace[place, default: []] += findings
    lists[key] = list
  }

  /// Replaces all findings of one type, with their places.
  mutating func replace<Finding: Sendable>(_ findings: [EvidencePlace: [Evident<Finding>]]) {
    lists[ObjectIdentifier(Finding.self)] = FindingTable(byPlace: findings)
  }

  /// Adds all findings of another store.
  mutating func merge(_ other: FindingStore) {
    for (key, list) in other.lists { lists[key] = lists[key].map { $0.joined(with: list) } ?? list }
  }

  /// Moves all findings to the canonical names of their places.
  mutating func settle(_ canonical: (EvidencePlace) -> EvidencePlace) {
    lists = lists.mapValues { $0.settled(canonical) }
  }

  /// The places with findings.
  var places: Set<EvidencePlace> { lists.values.reduce(into: []) { $0.formUnion($1.places) } }

  /// Whether there are no findings, except of types that can't be traced on their own.
  func isEmpty(besides supporting: [any Sendable.Type]) -> Bool {
    let supporting = Set(supporting.map { ObjectIdentifier($0) })
    return lists.allSatisfy { supporting.contains($0.key) || $0.value.places.isEmpty }
  }
}

/// A list of findings of an unknown type.
private protocol FindingList: Sendable {
  var places: [EvidencePlace] { get }
  func settled(_ canonical: (EvidencePlace) -> EvidencePlace) -> any FindingList
  func joined(with other: any FindingList) -> any FindingList
}

private struct FindingTable<Finding: Sendable>: FindingList {
  var byPlace: [EvidencePlace: [Evident<Finding>]] = [:]

  var places: [EvidencePlace] { byPlace.keys.filter { byPlace[$0]?.isEmpty == false } }

  func joined(with other: any FindingList) -> any FindingList {
    guard let other = other as? FindingTable<Finding> else { return self }
    return FindingTable(byPlace: byPlace.merging(other.byPlace) { $0 + $1 })
  }

  func settled(_ canonical: (EvidencePlace) -> EvidencePlace) -> any FindingList {
    var result: [EvidencePlace: [Evident<Finding>]] = [:]
    // In a fixed order, because several places may become one.
    for (place, list) in byPlace.sorted(by: { "\($0.key)" < "\($1.key)" }) {
      result[canonical(place), default: []] += list
    }
    return FindingTable(byPlace: result)
  }
}

/// The findings of one place, in the form that readers use.
struct PlaceFindings: RecordedFindings {
  let evidence: PastedEvidence
  let place: EvidencePlace
  /// Whether the host's findings are used if the place has none, because the files of a container are often among the
  /// host's.
  var takesHosts = false
  /// The files whose lines can be shown; nil while places are still being built.
  var files: EvidenceFiles?

  func all<Finding: Sendable>(_ type: Finding.Type) -> [Evident<Finding>] {
    let found = evidence.findings.all(type)
    return found[place] ?? (takesHosts ? found[.host] : nil) ?? []
  }

  func everywhere<Finding: Sendable>(_ type: Finding.Type) -> [Evident<Finding>] {
    evidence.findings.all(type).sorted { "\($0.key)" < "\($1.key)" }.flatMap(\.value)
  }

  func command(showing source: EvidenceLine) -> String? { files?.command(source) }
}
