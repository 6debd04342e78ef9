internal import Clues
internal import Flows

/// Connection tracking by any of an entry's four names, as the kernel finds it.
struct PastedTranslations: Sendable {
  private struct Name: Hashable {
    var place: EvidencePlace
    var flow: Flow
  }

  private var entries: [Evident<TrackedConnection>] = []
  private var index: [Name: Int] = [:]

  init(_ evidence: PastedEvidence) {
    for (place, list) in evidence.tracked {
      for entry in list {
        let (original, translated) = (entry.value.original, entry.value.translated)
        let position = entries.count
        entries.append(entry)
        for flow in [original, original.reversed, translated, translated.reversed] {
          let name = Name(place: place, flow: flow)
          // A translated entry goes before one that only has the same tuple.
          if let known = index[name], entries[known].value.original != entries[known].value.translated { continue }
          index[name] = position
        }
      }
    }
  }

  func entry(_ flow: Flow, in place: EvidencePlace) -> Evident<TrackedConnection>? {
    index[Name(place: place, flow: flow)].map { entries[$0] }
  }
}
