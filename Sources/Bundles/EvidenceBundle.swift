/// Recorded evidence of one or several hosts: a folder, or such a folder in one tar archive (`docs/bundle.md`), or files.
public struct EvidenceBundle: Sendable {
  /// The hosts that can be traced on, in the order of their folders.
  public let vantages: [BundleVantage]

  /// Reads the folder or archive at `path`, or a single output.
  ///
  /// - Throws: `empty` if nothing in it is understood.
  public init(reading path: String) throws(BundleError) { try self.init(reading: [path]) }

  /// Reads all of them. Single files are one host's together, unless prompts or their names say otherwise.
  ///
  /// - Throws: `empty` if nothing in one of them is understood.
  public init(reading paths: [String]) throws(BundleError) {
    var all: [BundleVantage] = []
    var single: [EvidenceFiles] = []
    for path in paths {
      let files = try EvidenceFiles(reading: path)
      if files.isSingle, paths.count > 1 {
        single.append(files)
      } else {
        all += try Self.vantages(of: files)
      }
    }
    if !single.isEmpty { all += try Self.vantages(of: EvidenceFiles(single)) }
    vantages = all
  }

  private static func vantages(of files: EvidenceFiles) throws(BundleError) -> [BundleVantage] {
    let folders = HostFolder.split(files.entries)
    let all = folders.flatMap { folder -> [BundleVantage] in
      guard folder.name.isEmpty, !folder.isRecorded else { return [BundleVantage(folder, of: files)] }
      var hosts = PastedHosts()
      for file in folder.files { hosts.read(file) }
      return hosts.apart.map { BundleVantage($0.1, named: $0.host, of: files) }
    }
    let known = all.filter { !$0.isEmpty }
    guard known.isEmpty else { return known }
    let notes = all.flatMap(\.notes).prefix(3).joined(separator: "; ")
    throw BundleError(
      .empty,
      "\(files.path) has no evidence that headwater recognises" + (notes.isEmpty ? "" : ": \(notes)"))
  }
}
