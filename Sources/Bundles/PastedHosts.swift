internal import Flows
internal import LinuxSystem

/// The texts and captures of a folder, grouped by the hosts in their prompts.
///
/// Files without a host belong to one host: the only one that is named, or the one whose name is in the file's name.
struct PastedHosts {
  private enum Key: Hashable {
    case host(String)
    /// A file without a host.
    case file(String)
  }

  private var parts: [Key: PastedEvidence] = [:]
  /// The keys in the order in which they were read.
  private var order: [Key] = []

  /// So many connections, packets and other findings are held, which take about 1 GB; the texts behind them are left out.
  static let entryLimit = 1_000_000
  /// Texts that were left out, by key of the first.
  private var leftOut: (first: String, count: Int)?

  /// - Parameter limit: how many findings are held.
  mutating func read(_ file: HostFolder.File, limit: Int = PastedHosts.entryLimit) {
    if let capture = RecordedCapture(file) {
      with(.file(file.path)) { evidence in
        evidence.captures.append(capture)
        evidence.notes += capture.notes
        evidence.recognised.append((EvidenceLine(file: file.path, line: 0), CaptureOutput().name))
      }
      return
    }
    if let log = RecordedAccessLog(long: file) {
      let line = EvidenceLine(file: file.path, line: 1)
      with(.file(file.path)) { evidence in
        evidence.findings.add([Evident(value: log, source: line)], at: file.place)
        evidence.recognised.append((line, AccessLogOutput().name))
      }
      return
    }
    guard parts.values.reduce(0, { $0 + $1.entries }) < limit else {
      leaveOut(file.path, limit)
      return
    }
    let content: (bytes: [UInt8], isCut: Bool)
    do throws(SystemError) { content = try file.file.content() } catch {
      with(.file(file.path)) { $0.notes.append(Note(.error, "\(file.path) cannot be read: \(error.errno)")) }
      return
    }
    let isPlain = !file.isCopy && !PastedEvidence.configurations.contains(where: file.name.hasSuffix)
    let text = PastedText(content.bytes, hasPrompts: isPlain)
    // A shell inside a container shows the container's name as host.
    let hosts = text.parts.map { part -> String? in
      let isRemote = part.command?.host != nil
      guard let host = part.host, isRemote || part.command?.place == nil, !Self.isContainer(host) else { return nil }
      return host
    }
    // A prompt before a command that enters a container still names the host.
    let first =
      zip(hosts, text.parts).lazy.compactMap { host, part in Self.isElsewhere(part) ? nil : host }.first
      ?? text.parts.lazy.filter { !Self.isElsewhere($0) }.compactMap(\.host).first { !Self.isContainer($0) }
    var current = first.map { Key.host($0) } ?? .file(file.path)
    with(current) { evidence in
      if text.isCut || content.isCut {
        evidence.notes.append(Note(.partial, "\(file.path) is too large, or torn: the rest is left out"))
      }
      if let torn = text.torn {
        evidence.torn.insert(EvidenceLine(file: file.path, line: torn.line))
        evidence.notes.append(
          Note(
            .partial,
            "\(file.path) ends in the middle of line \(torn.line): its last word is not used, since it may go on "
              + "(end the file with a new line if it is whole)"))
      }
    }
    for (index, part) in text.parts.enumerated() {
      let before = current
      if let host = hosts[index] { current = .host(host) }
      // The output of `ssh HOST …` belongs to that host, and what follows does not.
      defer { if Self.isElsewhere(part) { current = before } }
      var place: EvidencePlace?
      if let host = part.host, Self.isContainer(host) { place = .container(host) }
      with(current) { evidence in
        if case .host(let name) = current { evidence.promptHost = evidence.promptHost ?? name }
        evidence.read(part, of: file, at: place)
      }
    }
  }

  /// Keeps one note of all texts that are left out.
  private mutating func leaveOut(_ path: String, _ limit: Int) {
    let count = (leftOut?.count ?? 0) + 1
    let first = leftOut?.first ?? path
    leftOut = (first, count)
    guard let key = order.first else { return }
    with(key) { evidence in
      evidence.notes.removeAll { $0.text.hasPrefix(Self.leftOutHead) }
      evidence.notes.append(
        Note(
          .partial,
          "\(Self.leftOutHead)\(limit) connections and other entries are read already, and no more are held: \(first)"
            + (count > 1 ? " and \(count - 1) more texts are" : " is") + " left out (give fewer files, or the newest)"))
    }
  }

  private static let leftOutHead = "more than "

  private static func isElsewhere(_ part: PastedText.Part) -> Bool { part.command?.host != nil || part.isUnderHeading }

  private mutating func with(_ key: Key, _ change: (inout PastedEvidence) -> Void) {
    if parts[key] == nil { order.append(key) }
    // Removed first, so that it is not copied.
    var evidence = parts.removeValue(forKey: key) ?? PastedEvidence()
    change(&evidence)
    parts[key] = evidence
  }

  /// Whether the name is the beginning of a container's id, which a container's shell shows as its host.
  private static func isContainer(_ host: String) -> Bool {
    host.utf8.count == 12 && host.allSatisfy { $0.isHexDigit && !$0.isUppercase } && host.contains { $0.isNumber }
  }

  /// Whether two names are of one host: one is the other's first label, as in `s750` and `s750.example.com`, and of no
  /// other name's.
  private func isSame(_ one: String, _ other: String) -> Bool {
    let (short, long) = one.utf8.count < other.utf8.count ? (one, other) : (other, one)
    guard !short.contains("."), long.lowercased().hasPrefix(short.lowercased() + ".") else {
      return one.lowercased() == other.lowercased()
    }
    return order.filter { key in
      guard case .host(let name) = key else { return false }
      return name.lowercased().hasPrefix(short.lowercased() + ".")
    }.count == 1
  }

  /// All evidence as that of one host.
  var together: PastedEvidence {
    var all = PastedEvidence()
    for key in order { if let part = parts[key] { all.merge(part) } }
    return all
  }

  /// The evidence of each host, with the name in its prompt; nil if no prompt names it.
  var apart: [(host: String?, PastedEvidence)] {
    var (names, result): ([String], [(String, PastedEvidence)]) = ([], [])
    for key in order {
      guard case .host(let name) = key, let part = parts[key] else { continue }
      if let known = names.firstIndex(where: { isSame($0, name) }) {
        result[known].1.merge(part)
      } else {
        names.append(name)
        result.append((name, part))
      }
    }
    guard names.count > 1 else { return [(names.first, together)] }
    for key in order {
      guard case .file(let path) = key, let part = parts[key] else { continue }
      let file = (path.split(separator: "/").last ?? "").lowercased()
      let named = names.indices.filter { file.contains(names[$0].lowercased()) }
      // A configuration belongs to the host on which its program has sockets.
      let served = names.indices.filter { index in part.configures(result[index].1) }
      let home = named.count == 1 ? named[0] : served.count == 1 ? served[0] : 0
      result[home].1.merge(part)
      let name = result[home].0
      result[home].1.notes.append(Note(.detail, "\(path) names no host: it is taken for \(name)'s"))
    }
    return result.map { ($0.0, $0.1) }
  }
}
