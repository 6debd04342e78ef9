internal import LinuxSystem

/// Leaves out files that were given before: under another name, or as a copy. Their packets would count as captured at another
/// place.
public struct DistinctFiles: Sendable {
  public private(set) var paths: [String] = []
  /// Which files are left out, and why.
  public private(set) var notes: [String] = []

  public init(_ paths: [String]) {
    var known: [(path: String, facts: StreamFacts)] = []
    for path in paths {
      // What can't be looked at is said when it is read.
      guard let facts = try? StreamFacts(of: path), facts.kind == .regular, facts.size > 0 else {
        self.paths.append(path)
        continue
      }
      if let same = known.first(where: { ($0.facts.device, $0.facts.inode) == (facts.device, facts.inode) }) {
        notes.append("\(path) is the same file as \(same.path), and read once")
      } else if let copy = known.first(where: { $0.facts.size == facts.size && Self.areEqual($0.path, path) }) {
        notes.append("\(path) has the same content as \(copy.path), and is read once")
      } else {
        self.paths.append(path)
        known.append((path, facts))
      }
    }
  }

  /// Whether two files of one size have the same bytes; false if one can't be read.
  private static func areEqual(_ one: String, _ other: String) -> Bool {
    guard var first = try? StreamedFile(one), var second = try? StreamedFile(other) else { return false }
    var (here, there) = ([UInt8](repeating: 0, count: 1 << 18), [UInt8](repeating: 0, count: 1 << 18))
    while true {
      guard let count = fill(&here, &first), let also = fill(&there, &second), count == also,
        here[..<count] == there[..<count]
      else { return false }
      if count < here.count { return true }
    }
  }

  /// Fills the buffer; fewer bytes only at the end, nil if they can't be read.
  private static func fill(_ buffer: inout [UInt8], _ file: inout StreamedFile) -> Int? {
    var filled = 0
    while filled < buffer.count {
      let count = buffer.withUnsafeMutableBytes { bytes in
        try? file.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[filled...]))
      }
      guard let count else { return nil }
      if count == 0 { break }
      filled += count
    }
    return filled
  }
}
