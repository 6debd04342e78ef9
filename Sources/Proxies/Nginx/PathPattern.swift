internal import LinuxSystem

/// Finds paths by a pattern with `*`, `?` and `[…]`, like glob(3) without flags: in byte order, hidden names only if
/// the pattern has the dot, no braces.
struct PathPattern {
  private let components: [Substring]
  /// How many paths are returned at most.
  static let limit = 20_000
  /// How many folders are listed at most for one component of the pattern.
  static let folderLimit = 2000

  /// Whether the path has one of these characters; nginx calls glob only then.
  static func isPattern(_ path: some StringProtocol) -> Bool {
    path.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[") }
  }

  /// - Parameter path: an absolute path.
  init(_ path: String) { components = path.split(separator: "/") }

  /// The existing paths, and the folders that may not be listed although nginx may list them. A missing folder has no
  /// paths, as in glob(3).
  func paths(in files: some NginxFiles) -> (paths: [String], unread: [SystemError]) {
    var unread: [SystemError] = []
    var found = [""]
    var listed = true
    for component in components {
      if Self.isPattern(component) {
        let pattern = Array(component.utf8)
        var next: [String] = []
        for folder in found.prefix(Self.folderLimit) {
          let matching = Self.names(in: folder.isEmpty ? "/" : folder, files, &unread).filter {
            Self.matches(Array($0.utf8), pattern)
          }
          next += matching.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { "\(folder)/\($0)" }
          if next.count >= Self.limit { break }
        }
        found = Array(next.prefix(Self.limit))
        listed = true
      } else {
        found = found.map { "\($0)/\(component)" }
        listed = false
      }
    }
    // A name behind a pattern (`*/nginx.conf`) counts only if it exists.
    return (listed ? found : found.filter { exists($0, in: files, &unread) }, unread)
  }

  private static func names(in folder: String, _ files: some NginxFiles, _ unread: inout [SystemError]) -> [String] {
    do throws(SystemError) { return try files.names(in: folder) } catch {
      if !error.errno.isAbsence, !unread.contains(error) { unread.append(error) }
      return []
    }
  }

  private func exists(_ path: String, in files: some NginxFiles, _ unread: inout [SystemError]) -> Bool {
    guard let slash = path.lastIndex(of: "/") else { return false }
    let folder = slash == path.startIndex ? "/" : String(path[..<slash])
    return Self.names(in: folder, files, &unread).contains(String(path[path.index(after: slash)...]))
  }

  /// Matches like fnmatch(3) with FNM_PERIOD, in time proportional to the product of the lengths.
  static func matches(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
    if name.first == UInt8(ascii: "."), pattern.first != UInt8(ascii: ".") { return false }
    var place = 0
    var index = 0
    var retry: (place: Int, index: Int)?
    while index < name.count {
      if place < pattern.count {
        if pattern[place] == UInt8(ascii: "*") {
          retry = (place + 1, index)
          place += 1
          continue
        }
        if let length = one(name[index], pattern[place...]) {
          place += length
          index += 1
          continue
        }
      }
      guard let last = retry else { return false }
      retry = (last.place, last.index + 1)
      place = last.place
      index = last.index + 1
    }
    return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
  }

  /// How many bytes of the pattern match one byte of the name; nil if they don't match.
  private static func one(_ byte: UInt8, _ pattern: ArraySlice<UInt8>) -> Int? {
    guard let first = pattern.first else { return nil }
    let start = pattern.startIndex
    switch first {
    case UInt8(ascii: "?"): return 1
    case UInt8(ascii: "\\") where pattern.count > 1: return pattern[start + 1] == byte ? 2 : nil
    case UInt8(ascii: "["): return set(byte, pattern) ?? (byte == first && !isSet(pattern) ? 1 : nil)
    default: return first == byte ? 1 : nil
    }
  }

  private static func isSet(_ pattern: ArraySlice<UInt8>) -> Bool {
    pattern.dropFirst(2).contains(UInt8(ascii: "]"))
  }

  /// Reads a set: `[a-z_]`, `[!x]`. A `]` right after the start belongs to the set.
  private static func set(_ byte: UInt8, _ pattern: ArraySlice<UInt8>) -> Int? {
    var place = pattern.startIndex + 1
    guard place < pattern.endIndex else { return nil }
    let isNegated = pattern[place] == UInt8(ascii: "!") || pattern[place] == UInt8(ascii: "^")
    if isNegated { place += 1 }
    let first = place
    var isIn = false
    while place < pattern.endIndex {
      if pattern[place] == UInt8(ascii: "]"), place > first {
        return isIn != isNegated ? place + 1 - pattern.startIndex : nil
      }
      if place + 2 < pattern.endIndex, pattern[place + 1] == UInt8(ascii: "-"),
        pattern[place + 2] != UInt8(ascii: "]")
      {
        if pattern[place] <= byte, byte <= pattern[place + 2] { isIn = true }
        place += 3
      } else {
        if pattern[place] == byte { isIn = true }
        place += 1
      }
    }
    return nil
  }
}
