internal import Flows
public import Questions

extension TranslationQuestion: PastedQuestion {
  func answer(from bundle: BundleVantage) -> Told<Translation?>? {
    guard let output = bundle.place(place), let entry = bundle.translations.entry(flow, in: output) else {
      return bundle.isPasted ? Told(nil) : nil
    }
    let (before, after) = (entry.value.original, entry.value.translated)
    let detail =
      before == after
      ? "\(flow) is tracked on \(bundle.host)"
      : "\(before) is translated to \(after.source) -> \(after.destination)"
    return Told(
      Translation(original: before, translated: after), evidence: [bundle.cite("conntrack", entry.source, detail)])
  }
}
