internal import Flows
internal import Programs

/// Finds translations by any of an entry's four tuples, like the kernel: those in connection tracking, and those for
/// which a capture has packets on both sides.
struct PastedTranslations: Sendable {
  struct Entry: Sendable {
    /// The flow as the initiator sent it, and as the responder sees it; both are equal if it is tracked but not
    /// translated.
    var original: Flow
    var translated: Flow
    /// The line that shows it; for a capture the file.
    var source: EvidenceLine
    /// The first packets that were captured before and after the translation.
    var packets: (before: UInt64, behind: UInt64)?

    var isTranslated: Bool { original != translated }
  }

  private var entries: [Entry] = []
  private var index: [EvidenceLeg: Int] = [:]

  init(_ evidence: PastedEvidence) {
    for (place, list) in evidence.tracked {
      for entry in list {
        add(
          Entry(original: entry.value.original, translated: entry.value.translated, source: entry.source), at: place)
      }
    }
    for (place, list) in evidence.captured.conversations {
      for (conversation, file) in list {
        guard let translated = conversation.translated else { continue }
        add(
          Entry(
            original: conversation.flow, translated: translated.flow, source: EvidenceLine(file: file, line: 0),
            packets: (translated.packet, translated.twin)), at: place)
      }
    }
  }

  private mutating func add(_ entry: Entry, at place: EvidencePlace) {
    let (original, translated) = (entry.original, entry.translated)
    let position = entries.count
    entries.append(entry)
    for flow in [original, original.reversed, translated, translated.reversed] {
      let name = EvidenceLeg(place: place, flow: flow)
      // A translated entry takes precedence over one that only has the same tuple.
      if let known = index[name], entries[known].isTranslated { continue }
      index[name] = position
    }
  }

  func entry(_ flow: Flow, in place: EvidencePlace) -> Entry? {
    index[EvidenceLeg(place: place, flow: flow)].map { entries[$0] }
  }
}
