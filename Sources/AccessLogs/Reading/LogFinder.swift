internal import Flows
public import LinuxSystem

/// Finds series of logs at paths that a person named: files, folders, standard input.
public struct LogFinder: Sendable {
  /// How many files in folders are examined; a failure says so if there are more.
  public static let fileLimit = 20_000
  private static let depthLimit = 6

  public private(set) var series: [LogSeries] = []
  /// What could not be examined, and why.
  public private(set) var failures: [SystemError] = []
  public private(set) var notes: [String] = []
  private var seen: Set<[UInt64]> = []
  /// The rights for the current path.
  private var access = FileAccess.own
  private var files = 0

  /// - Parameters:
  ///   - paths: a file stands for its whole series if it is the one being written (`x.log`), and for itself if it is a
  ///     rotated part; `-` is standard input. In a folder, every file that is named like an access log counts.
  ///   - accesses: the rights for paths that a program named; others are read with this program's own rights.
  public init(_ paths: [String], accesses: [String: FileAccess] = [:]) {
    for path in paths {
      access = accesses[path] ?? .own
      if path == "-" {
        series.append(LogSeries(path: "-", parts: [.init(path: "-")], site: "stdin"))
        continue
      }
      do throws(SystemError) {
        let facts = try StreamFacts(of: path, as: access)
        if facts.kind == .folder {
          // A person named the folder, but not the links that others may have put into it.
          if access == .own, !path.hasPrefix("/proc/") { access = .careful }
          look(in: path, facts, depth: 0)
        } else {
          add(path, facts)
        }
      } catch {
        // Nginx Proxy Manager's rotation leaves `x.log.1.gz` without an `x.log` for a moment.
        let older = older(than: path)
        if older.isEmpty { failures.append(error) } else { add(path, older) }
      }
    }
    leaveOutCopies()
    if files > Self.fileLimit { notes.append("only \(Self.fileLimit) files in folders were looked at; there are more") }
  }

  /// Sets the site of those lines in the log at `path` that don't name one.
  public mutating func name(_ path: String, site: String) {
    for index in series.indices where series[index].path == path { series[index].site = site }
  }

  mutating func add(note: String) { notes.append(note) }

  /// Leaves out the files at `paths`, and series that have no others.
  mutating func leaveOut(_ paths: Set<String>) {
    guard !paths.isEmpty else { return }
    for index in series.indices { series[index].parts.removeAll { paths.contains($0.path) } }
    series.removeAll { $0.parts.isEmpty }
  }

  private mutating func add(_ path: String, _ facts: StreamFacts) {
    guard facts.kind != .regular || seen.insert([facts.device, facts.inode]).inserted else { return }
    let own = LogSeries.Part(path: path, size: facts.size, modified: facts.kind == .regular ? facts.modified : 0)
    guard facts.kind == .regular, Self.isCurrent(path) else {
      series.append(
        LogSeries(path: path, parts: [own], site: LogSeries.site(ofLog: Self.base(of: path).name), access: access))
      return
    }
    series.append(LogSeries(path: path, parts: parts(older(than: path)) + [own], access: access))
  }

  private mutating func add(_ path: String, _ older: [String]) {
    series.append(LogSeries(path: path, parts: parts(older), access: access))
  }

  private mutating func parts(_ paths: [String]) -> [LogSeries.Part] {
    var parts: [LogSeries.Part] = []
    for path in paths {
      guard let facts = look(at: path), facts.kind == .regular,
        seen.insert([facts.device, facts.inode]).inserted
      else { continue }
      parts.append(.init(path: path, size: facts.size, modified: facts.modified))
    }
    return parts
  }

  /// The file's metadata; nil if it was renamed or removed since it was listed, or leads nowhere. A file that may not
  /// be examined becomes a failure.
  private mutating func look(at path: String) -> StreamFacts? {
    do throws(SystemError) { return try StreamFacts(of: path, as: access) } catch {
      if !error.errno.isAbsence { failures.append(error) }
      return nil
    }
  }

  private mutating func look(in folder: String, _ facts: StreamFacts, depth: Int) {
    // A folder that was already seen is a loop of links, or a second path to it.
    guard depth <= Self.depthLimit, seen.insert([facts.device, facts.inode, 0]).inserted else { return }
    let names: [String]
    do throws(SystemError) {
      names = try Folder.names(in: folder, as: access)
    } catch {
      failures.append(error)
      return
    }
    let prefix = folder.hasSuffix("/") ? folder : folder + "/"
    var groups: [String: [(number: Int, path: String)]] = [:]
    var order: [String] = []
    for name in names {
      guard files <= Self.fileLimit else { return }
      let path = prefix + name
      // Names are checked first, because opening 10,000 files one by one takes long.
      let isLog = Self.isNamedLikeLog(name)
      if !isLog, name.utf8.contains(UInt8(ascii: ".")) { continue }
      guard let facts = look(at: path) else { continue }
      if facts.kind == .folder {
        look(in: path, facts, depth: depth + 1)
      } else if facts.kind == .regular, isLog {
        files += 1
        let (base, number) = Self.base(of: name)
        if groups[base] == nil { order.append(base) }
        groups[base, default: []].append((number, path))
      }
    }
    for base in order {
      let paths = whole(groups[base] ?? [])
      let parts = parts(paths)
      if !parts.isEmpty { series.append(LogSeries(path: prefix + base, parts: parts, access: access)) }
    }
  }

  /// Whether the name is that of an access log by the habits of programs, and not of an error log.
  private static func isNamedLikeLog(_ name: String) -> Bool {
    let base = base(of: name).name
    guard base.hasSuffix(".log") || base.hasSuffix("_log") || base.hasSuffix(".json") || base.contains("access") else {
      return isDelivered(name)
    }
    // A site's name may contain the word.
    let words = base.split { ".-_".contains($0) }
    return words.contains("access") || !words.contains { $0 == "error" || $0 == "errors" }
  }

  /// Whether the name is one that S3 (`2026-11-30-22-00-00-ABCDEF0123456789`) or CloudFront
  /// (`E2K1ABCDEFGHIJ.2026-11-30-20.a1b2c3d4.gz`) gives the logs that they deliver.
  private static func isDelivered(_ name: String) -> Bool {
    func isTime(_ text: Substring, _ fields: Int) -> Bool {
      let parts = text.split(separator: "-", omittingEmptySubsequences: false)
      return parts.count == fields && parts[0].count == 4 && parts.dropFirst().allSatisfy { $0.count == 2 }
        && parts.allSatisfy { $0.allSatisfy(\.isNumber) }
    }
    func isKey(_ text: Substring, _ lengths: ClosedRange<Int>) -> Bool {
      lengths.contains(text.count) && text.allSatisfy(\.isHexDigit)
    }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    if parts.count >= 3, isTime(parts[1], 4), isKey(parts[2], 8...8) { return parts.count == 3 || parts[3] == "gz" }
    guard parts.count == 1, let dash = name.lastIndex(of: "-") else { return false }
    return isTime(name[..<dash], 6) && isKey(name[name.index(after: dash)...], 8...32)
  }

  /// Whether a log of this name is the one being written: it has no number at its end.
  private static func isCurrent(_ path: String) -> Bool {
    base(of: path).number == 0 && !RotatedName(path).isCompressed
  }

  /// The name without the parts that rotation adds, and how old it is.
  static func base(of name: String) -> (name: String, number: Int) {
    let slash = name.lastIndex(of: "/").map { name.index(after: $0) } ?? name.startIndex
    let rotated = RotatedName(String(name[slash...]))
    return (name[..<slash] + rotated.base, rotated.age)
  }

  /// The rotated parts of a log, oldest first.
  private mutating func older(than path: String) -> [String] {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { String(path[...$0]) } ?? "./"
    let own = slash.map { String(path[path.index(after: $0)...]) } ?? path
    let names: [String]
    do throws(SystemError) { names = try Folder.names(in: folder, as: access) } catch {
      if !error.errno.isAbsence { notes.append("older parts of \(path) could not be listed: \(error)") }
      return []
    }
    let found = names.compactMap { name -> (number: Int, name: String)? in
      guard name != own else { return nil }
      let (base, number) = Self.base(of: name)
      return base == own && number > 0 ? (number, name) : nil
    }
    return whole(found.map { (number: $0.number, path: $0.name) }).map { slash == nil ? $0 : folder + $0 }
  }

  /// The parts, oldest first. A part that is being compressed exists twice; the plain one is complete.
  private mutating func whole(_ parts: [(number: Int, path: String)]) -> [String] {
    let sorted = parts.sorted { ($0.number, $0.path) > ($1.number, $1.path) }
    let plain = Set(sorted.map(\.path))
    return sorted.map(\.path).filter { path in
      guard let suffix = RotatedName.suffixes.first(where: path.hasSuffix),
        plain.contains(String(path.dropLast(suffix.count)))
      else { return true }
      notes.append("\(path) is there without its suffix, too: it is not counted twice")
      return false
    }
  }
}
