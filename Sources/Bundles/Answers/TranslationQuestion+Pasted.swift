internal import Capture
internal import Flows
public import Questions

extension TranslationQuestion: PastedQuestion {
  func answer(from bundle: BundleVantage) -> Told<Translation?>? {
    guard let output = bundle.place(place), let entry = bundle.translations.entry(flow, in: output) else {
      return bundle.isPasted ? Told(nil) : nil
    }
    let (before, after) = (entry.original, entry.translated)
    let detail =
      before == after
      ? "\(flow) is tracked on \(bundle.host)"
      : "\(before) is translated to \(after.source) -> \(after.destination)"
    if let packets = entry.packets, bundle.isText(entry.source.file) {
      let lines = [packets.before, packets.behind].map {
        EvidenceLine(file: entry.source.file, line: Int(clamping: $0))
      }
      return Told(
        Translation(original: before, translated: after),
        evidence: [
          bundle.cite("capture", lines[0], "this line and line \(lines[1].line) are one packet: \(detail)")
        ])
    }
    if let packets = entry.packets {
      let shown = "\(entry.source.file): packets \(packets.before) and \(packets.behind) are one, "
      return Told(
        Translation(original: before, translated: after),
        evidence: [
          Evidence(
            "capture", shown + "before and behind a translation: \(detail)",
            command: bundle.files.command(
              capture: entry.source.file, filter: CaptureFilter.text(before, or: after)))
        ])
    }
    return Told(
      Translation(original: before, translated: after), evidence: [bundle.cite("conntrack", entry.source, detail)])
  }
}
