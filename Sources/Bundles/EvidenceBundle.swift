/// Recorded evidence of one or several hosts: a folder, or such a folder in one tar archive (`docs/bundle.md`).
public struct EvidenceBundle: Sendable {
  /// The hosts that can be traced on, in the order of their folders.
  public let vantages: [BundleVantage]

  /// Reads the folder or archive at `path`, or a single output.
  ///
  /// - Throws: `empty` if nothing in it is understood.
  public init(reading path: String) throws(BundleError) {
    let files = try EvidenceFiles(reading: path)
    let folders = HostFolder.split(files.entries)
    let all = folders.map { BundleVantage($0, of: files) }
    vantages = all.filter { !$0.isEmpty }
    guard vantages.isEmpty else { return }
    let notes = all.flatMap(\.notes).prefix(3).joined(separator: "; ")
    throw BundleError(
      .empty, "\(path) has no evidence that headwater recognises" + (notes.isEmpty ? "" : ": \(notes)"))
  }
}
