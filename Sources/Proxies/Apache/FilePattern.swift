/// A pattern for one part of a path, as fnmatch(3) reads it: `*` stands for any text, `?` for one byte, `[a-c]` for one byte
/// of a set, `[!a-c]` and `[^a-c]` for one that is not in it, and a backslash before a byte for that byte. The period at the
/// start of a hidden file must stand in the pattern itself (FNM_PERIOD).
///
/// It takes at most as many steps as the product of both lengths, whatever the pattern.
struct FilePattern {
  private enum Part {
    case text
    case one
    case byte(UInt8)
    case set([ClosedRange<UInt8>], isNegated: Bool)

    func matches(_ byte: UInt8) -> Bool {
      switch self {
      case .text: false
      case .one: true
      case .byte(let own): own == byte
      case .set(let ranges, let isNegated): ranges.contains { $0.contains(byte) } != isNegated
      }
    }

    var isText: Bool { if case .text = self { true } else { false } }
  }

  private let parts: [Part]

  init(_ pattern: some StringProtocol) {
    let bytes = Array(pattern.utf8)
    var parts: [Part] = []
    var at = 0
    while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: "*"):
        if parts.last?.isText != true { parts.append(.text) }
      case UInt8(ascii: "?"): parts.append(.one)
      case UInt8(ascii: "\\") where at + 1 < bytes.count:
        at += 1
        parts.append(.byte(bytes[at]))
      case UInt8(ascii: "["):
        if let (set, end) = Self.set(bytes, at) {
          parts.append(set)
          at = end
        } else {
          // Without its end it is a bracket.
          parts.append(.byte(bytes[at]))
        }
      default: parts.append(.byte(bytes[at]))
      }
      at += 1
    }
    self.parts = parts
  }

  /// The set that begins with the bracket at `start`, and where its end is; nil if it has none.
  private static func set(_ bytes: [UInt8], _ start: Int) -> (Part, end: Int)? {
    var at = start + 1
    let isNegated = at < bytes.count && (bytes[at] == UInt8(ascii: "!") || bytes[at] == UInt8(ascii: "^"))
    if isNegated { at += 1 }
    let first = at
    var ranges: [ClosedRange<UInt8>] = []
    // A bracket that comes first is one of the bytes.
    while at < bytes.count, bytes[at] != UInt8(ascii: "]") || at == first {
      if at + 2 < bytes.count, bytes[at + 1] == UInt8(ascii: "-"), bytes[at + 2] != UInt8(ascii: "]") {
        if bytes[at] <= bytes[at + 2] { ranges.append(bytes[at]...bytes[at + 2]) }
        at += 3
      } else {
        ranges.append(bytes[at]...bytes[at])
        at += 1
      }
    }
    return at < bytes.count ? (.set(ranges, isNegated: isNegated), at) : nil
  }

  func matches(_ name: some StringProtocol) -> Bool {
    let name = Array(name.utf8)
    if name.first == UInt8(ascii: ".") {
      guard case .byte(UInt8(ascii: "."))? = parts.first else { return false }
    }
    var (at, part) = (0, 0)
    // Each star is tried again only behind the last place where it fitted.
    var star: (part: Int, at: Int)?
    while at < name.count {
      if part < parts.count, parts[part].isText {
        star = (part, at)
        part += 1
      } else if part < parts.count, parts[part].matches(name[at]) {
        at += 1
        part += 1
      } else if let last = star {
        star = (last.part, last.at + 1)
        (at, part) = (last.at + 1, last.part + 1)
      } else {
        return false
      }
    }
    return parts[part...].allSatisfy(\.isText)
  }
}
