internal import LinuxSystem

/// Copies of logs, as `cp access.log access.log.bak` makes them before somebody looks at a log.
extension LogFinder {
  /// Shorter files are not compared: two logs may have the same first line.
  private static let shortest: UInt64 = 256
  private static let piece = 256 << 10

  /// Leaves out files that are another one's beginning, byte for byte: their requests are in that one as well.
  mutating func leaveOutCopies() {
    var groups: [[UInt8]: [LogSeries.Part]] = [:]
    var accesses: [String: FileAccess] = [:]
    let all = series.flatMap { found in found.parts.map { (part: $0, access: found.access) } }
    guard all.count > 1 else { return }
    for (part, access) in all where part.size >= Self.shortest {
      guard let head = Self.read(part.path, access, at: 0, count: Int(Self.shortest)), !head.isEmpty,
        !StreamedFile.isCompressed(head.prefix(StreamedFile.headLength))
      else { continue }
      accesses[part.path] = access
      groups[head, default: []].append(part)
    }
    var copies: Set<String> = []
    for group in groups.values where group.count > 1 {
      // The longest is the one that is still written; of equals the one with the shortest name.
      let sorted = group.sorted {
        ($0.size, $1.path.utf8.count, $1.path) > ($1.size, $0.path.utf8.count, $0.path)
      }
      for (index, part) in sorted.enumerated().dropFirst() {
        let longer = sorted[..<index].first { other in
          !copies.contains(other.path) && Self.areNamedAlike(part.path, other.path)
            && Self.isBeginning(part, of: other, accesses[part.path] ?? .careful, accesses[other.path] ?? .careful)
        }
        guard let longer else { continue }
        copies.insert(part.path)
        add(
          note: "\(part.path) is the same as \(longer.size == part.size ? "" : "the beginning of ")\(longer.path): its"
            + " requests are not counted twice")
      }
    }
    leaveOut(copies)
  }

  /// Whether the names are those of a log and its copy. Two sites that the same clients ask at the same moments may have the same
  /// lines in two logs.
  static func areNamedAlike(_ one: String, _ other: String) -> Bool {
    let names = [one, other].map { ($0.split(separator: "/").last.map(String.init) ?? $0).lowercased() }
    if names[0] == names[1] { return true }
    let words = ["bak", "copy", "kopie", "copie", "copia", "old", "orig", "save", "tmp", "~", "("]
    let stems = names.map { $0.prefix { $0.isLetter || $0.isNumber } }
    return zip([0, 1], [1, 0]).contains { copy, whole in
      !stems[whole].isEmpty && names[copy].contains(stems[whole]) && words.contains { names[copy].contains($0) }
    }
  }

  private static func isBeginning(
    _ part: LogSeries.Part, of other: LogSeries.Part, _ access: FileAccess, _ otherAccess: FileAccess
  ) -> Bool {
    var place: UInt64 = 0
    while place < part.size {
      let count = Int(min(part.size - place, UInt64(piece)))
      guard let own = read(part.path, access, at: place, count: count), own.count == count,
        let others = read(other.path, otherAccess, at: place, count: count), own == others
      else { return false }
      place += UInt64(count)
    }
    return true
  }

  /// Bytes of a file; nil if they cannot be read, which is said where the file is read as a log.
  private static func read(_ path: String, _ access: FileAccess, at place: UInt64, count: Int) -> [UInt8]? {
    do throws(SystemError) {
      let file = try StreamedFile(path, as: access)
      guard file.facts.kind == .regular else { return nil }
      return try TimeSearch.read(file, at: place, count: count)
    } catch {
      return nil
    }
  }
}
