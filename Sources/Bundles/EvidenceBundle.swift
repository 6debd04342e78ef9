public import Flows
public import Questions

/// Recorded evidence of one or several hosts: a folder, such a folder in one tar archive (`docs/bundle.md`), or single
/// files.
public struct EvidenceBundle: Sendable {
  /// The hosts that can be traced, in the order of their folders.
  public let vantages: [BundleVantage]
  /// Why hosts that are in it were left out.
  public let notes: [Note]

  /// Reads the folder or archive at `path`, or a single output.
  ///
  /// - Throws: `empty` if nothing in it is recognised.
  public init(reading path: String) throws(BundleError) { try self.init(reading: [path]) }

  /// Reads all of them. Single files belong to one host together, unless prompts or the files' names say otherwise.
  ///
  /// - Throws: `empty` if nothing in one of them is recognised.
  public init(reading paths: [String]) throws(BundleError) {
    var all: [BundleVantage] = []
    var notes: [Note] = []
    var single: [EvidenceFiles] = []
    for path in paths {
      let files = try EvidenceFiles(reading: path)
      if files.isSingle, paths.count > 1 {
        single.append(files)
      } else {
        let found = try Self.vantages(of: files)
        all += found.known
        notes += found.notes
      }
    }
    if !single.isEmpty {
      let found = try Self.vantages(of: EvidenceFiles(single))
      all += found.known
      notes += found.notes
    }
    let distinct = RepeatedHosts(all)
    (vantages, self.notes) = (distinct.kept, notes + distinct.notes)
  }

  /// What the hosts' own reports do not say: hosts that were left out, and details.
  public var remarks: [Note] {
    notes + vantages.flatMap { host in host.remarks.filter { $0.kind == .detail }.map { $0.on(host.host) } }
  }

  /// Hosts that were to be recorded with those that are there, and did not answer.
  public var unreached: [HostFailure] {
    let known = Set(vantages.map(\.host))
    return Set(vantages.flatMap { $0.record.unreached ?? [] }).filter { !known.contains($0.host) }
      .sorted { $0.host < $1.host }
  }

  /// The access logs in it, by host; empty if there are none.
  ///
  /// - Throws: if it can't be read.
  public static func logs(reading paths: [String]) throws(BundleError) -> [RecordedLogs] {
    var result: [RecordedLogs] = []
    for path in paths {
      for vantage in try hosts(of: EvidenceFiles(reading: path)) {
        let logs = vantage.evidence.findings.all(RecordedAccessLog.self).values.joined()
          .map {
            RecordedLogs.Log(
              path: plain($0.value.path), content: $0.value.content, file: $0.value.file?.place)
          }
        result.append(
          RecordedLogs(
            host: vantage.host, logs: logs.sorted { $0.path < $1.path }, notes: vantage.remarks,
            unreached: vantage.record.unreached ?? []))
      }
    }
    return result
  }

  /// The path without the ending of a compressed file, because the content was expanded.
  private static func plain(_ path: String) -> String {
    for suffix in [".gz", ".zst", ".bz2", ".xz"] where path.hasSuffix(suffix) {
      return String(path.dropLast(suffix.count))
    }
    return path
  }

  private static func vantages(
    of files: EvidenceFiles
  ) throws(BundleError) -> (known: [BundleVantage], notes: [Note]) {
    let all = hosts(of: files)
    let known = all.filter { !$0.isEmpty }
    guard known.isEmpty else {
      // A folder without evidence is no host that was left out; one with a damaged record is.
      let notes = all.filter(\.isEmpty).flatMap { host in
        host.remarks.filter { $0.kind == .error }.map { Note(.error, "\(host.host) is left out: \($0.text)") }
      }
      return (ConcludedRows.added(to: known), notes)
    }
    throw BundleError(.empty, "\(files.path) has no evidence that headwater recognises: \(reason(of: all))")
  }

  /// Why nothing can be traced: what was not recognised, or which outputs have no connections.
  private static func reason(of hosts: [BundleVantage]) -> String {
    let notes = hosts.flatMap(\.notes).prefix(3)
    if !notes.isEmpty { return notes.joined(separator: "; ") }
    let seen = hosts.flatMap(\.recognised).prefix(3).map { "\($0.place) is of \($0.kind), but shows no connection" }
    return seen.isEmpty ? "no line in it is of a known output" : seen.joined(separator: "; ")
  }

  private static func hosts(of files: EvidenceFiles) -> [BundleVantage] {
    let folders = HostFolder.split(files.entries)
    return folders.flatMap { folder -> [BundleVantage] in
      guard folder.name.isEmpty, !folder.isRecorded else { return [BundleVantage(folder, of: files)] }
      var hosts = PastedHosts()
      for file in folder.files { hosts.read(file) }
      return hosts.apart.map { BundleVantage($0.1, named: $0.host, of: files) }
    }
  }
}

/// A host's access logs in a bundle.
public struct RecordedLogs: Sendable {
  public struct Log: Sendable {
    /// The path on its host if that is known; otherwise within the bundle.
    public var path: String
    public var content: [UInt8]
    /// The file that a long log stays in, to be read piece by piece; `content` is empty then.
    public var file: String?
  }

  public var host: String
  public var logs: [Log]
  /// What was not recognised or is damaged.
  public var notes: [Note]
  /// Hosts that were to be recorded with it, and did not answer.
  public var unreached: [HostFailure]
}
