/// A regular expression in a server name, if it is simple enough to evaluate reliably: literals, `.`, `\w`, `\d`,
/// `[…]`, `*`, `+`, `?`, groups with alternatives, `^` and `$` at the ends. Names are compared in lower case, as nginx
/// does.
struct NginxNamePattern {
  private indirect enum Node {
    case literal(UInt8)
    case any
    case set([ClosedRange<UInt8>], isNegated: Bool)
    case group([[Piece]])
  }
  private struct Piece {
    var node: Node
    var least = 1
    /// The maximum number of repetitions.
    var most = 1
  }

  private var alternatives: [[Piece]] = []
  private var isAnchoredAtStart = false
  private var isAnchoredAtEnd = false
  private static let sizeLimit = 256
  private static let stepLimit = 20_000

  /// Nil if a part of it is not understood.
  init?(_ text: String) {
    var rest = Array(text.utf8)[...]
    guard rest.count <= Self.sizeLimit else { return nil }
    if rest.first == UInt8(ascii: "^") {
      isAnchoredAtStart = true
      rest = rest.dropFirst()
    }
    if rest.last == UInt8(ascii: "$"), rest.dropLast().last != UInt8(ascii: "\\") {
      isAnchoredAtEnd = true
      rest = rest.dropLast()
    }
    guard let parsed = Self.alternatives(&rest, depth: 0), rest.isEmpty else { return nil }
    // Anchors belong to single outermost alternatives: `^a|b$`.
    guard parsed.count == 1 || !(isAnchoredAtStart || isAnchoredAtEnd) else { return nil }
    alternatives = parsed
  }

  /// Whether the name matches; nil if evaluating takes too long.
  func matches(_ name: String) -> Bool? {
    let bytes = Array(name.lowercased().utf8)
    guard bytes.count <= Self.sizeLimit else { return nil }
    var steps = 0
    for start in 0...(isAnchoredAtStart ? 0 : bytes.count) {
      for alternative in alternatives {
        let isMatch = Self.match(alternative[...], bytes, start, &steps) { !isAnchoredAtEnd || $0 == bytes.count }
        if steps > Self.stepLimit { return nil }
        if isMatch { return true }
      }
    }
    return false
  }

  private static func match(
    _ pieces: ArraySlice<Piece>, _ bytes: [UInt8], _ place: Int, _ steps: inout Int, _ then: (Int) -> Bool
  ) -> Bool {
    steps += 1
    guard steps <= stepLimit else { return false }
    guard let piece = pieces.first else { return then(place) }
    let rest = pieces.dropFirst()
    // Greedy or not does not change whether it matches. Repeating a single byte needs no nesting.
    if case .group(let alternatives) = piece.node {
      if piece.least == 0, match(rest, bytes, place, &steps, then) { return true }
      for alternative in alternatives {
        var inner = steps
        let found = match(alternative[...], bytes, place, &inner) { end in match(rest, bytes, end, &steps, then) }
        steps = max(steps, inner) + 1
        if found { return true }
      }
      return false
    }
    var count = 0
    while true {
      if count >= piece.least, match(rest, bytes, place + count, &steps, then) { return true }
      guard count < piece.most, place + count < bytes.count, isOne(piece.node, bytes[place + count]) else {
        return false
      }
      count += 1
    }
  }

  private static func isOne(_ node: Node, _ byte: UInt8) -> Bool {
    switch node {
    case .literal(let literal): literal == byte
    case .any: true
    case .set(let ranges, let isNegated): ranges.contains { $0.contains(byte) } != isNegated
    case .group: false
    }
  }

  private static func alternatives(_ rest: inout ArraySlice<UInt8>, depth: Int) -> [[Piece]]? {
    guard depth < 8 else { return nil }
    var result: [[Piece]] = [[]]
    while let byte = rest.first, byte != UInt8(ascii: ")") {
      if byte == UInt8(ascii: "|") {
        rest = rest.dropFirst()
        result.append([])
        continue
      }
      guard let piece = piece(&rest, depth: depth) else { return nil }
      result[result.count - 1].append(piece)
    }
    return result
  }

  private static func piece(_ rest: inout ArraySlice<UInt8>, depth: Int) -> Piece? {
    guard let node = node(&rest, depth: depth) else { return nil }
    var piece = Piece(node: node)
    switch rest.first {
    case UInt8(ascii: "*"): (piece.least, piece.most) = (0, .max)
    case UInt8(ascii: "+"): (piece.least, piece.most) = (1, .max)
    case UInt8(ascii: "?"): (piece.least, piece.most) = (0, 1)
    case UInt8(ascii: "{"): return nil
    default: return piece
    }
    rest = rest.dropFirst()
    if case .group = node, piece.most > 1 { return nil }
    // Possessive repetition changes what matches; lazy repetition does not.
    if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "*") { return nil }
    if rest.first == UInt8(ascii: "?") { rest = rest.dropFirst() }
    return piece
  }

  private static func node(_ rest: inout ArraySlice<UInt8>, depth: Int) -> Node? {
    guard let byte = rest.popFirst() else { return nil }
    switch byte {
    case UInt8(ascii: "."): return .any
    case UInt8(ascii: "\\"): return rest.popFirst().flatMap(escaped)
    case UInt8(ascii: "["): return set(&rest)
    case UInt8(ascii: "("): return group(&rest, depth: depth)
    case UInt8(ascii: "^"), UInt8(ascii: "$"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"),
      UInt8(ascii: "{"), UInt8(ascii: ")"):
      return nil
    default: return .literal(lower(byte))
    }
  }

  /// Reads a group: `(a|b)`, `(?:a)`, `(?<name>a)`, `(?P<name>a)`.
  private static func group(_ rest: inout ArraySlice<UInt8>, depth: Int) -> Node? {
    if rest.first == UInt8(ascii: "?") {
      rest = rest.dropFirst()
      if rest.first == UInt8(ascii: "P") { rest = rest.dropFirst() }
      switch rest.popFirst() {
      case UInt8(ascii: ":"): break
      case UInt8(ascii: "<"):
        guard let end = rest.firstIndex(of: UInt8(ascii: ">")), rest[..<end].allSatisfy(NginxVariables.isName) else {
          return nil  // Also `(?<=` and `(?<!`.
        }
        rest = rest[end...].dropFirst()
      default: return nil
      }
    }
    guard let inner = alternatives(&rest, depth: depth + 1), rest.popFirst() == UInt8(ascii: ")") else { return nil }
    return .group(inner)
  }

  private static let digits: [ClosedRange<UInt8>] = [48...57]
  private static let word: [ClosedRange<UInt8>] = [48...57, 65...90, 97...122, 95...95]

  private static func escaped(_ byte: UInt8) -> Node? {
    switch byte {
    case UInt8(ascii: "d"): .set(digits, isNegated: false)
    case UInt8(ascii: "D"): .set(digits, isNegated: true)
    case UInt8(ascii: "w"): .set(word, isNegated: false)
    case UInt8(ascii: "W"): .set(word, isNegated: true)
    default: NginxVariables.isName(byte) ? nil : .literal(byte)
    }
  }

  private static func set(_ rest: inout ArraySlice<UInt8>) -> Node? {
    var ranges: [ClosedRange<UInt8>] = []
    let isNegated = rest.first == UInt8(ascii: "^")
    if isNegated { rest = rest.dropFirst() }
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "]"): return ranges.isEmpty ? nil : .set(ranges, isNegated: isNegated)
      case UInt8(ascii: "["): return nil
      case UInt8(ascii: "\\"):
        switch rest.popFirst().flatMap(escaped) {
        case .literal(let literal)?: ranges.append(literal...literal)
        case .set(let inner, isNegated: false)?: ranges += inner
        default: return nil
        }
      default:
        let next = rest.dropFirst().first
        if rest.first == UInt8(ascii: "-"), let last = next, last != UInt8(ascii: "]"), last != UInt8(ascii: "\\") {
          guard byte <= last else { return nil }
          ranges.append(lower(byte)...max(lower(byte), lower(last)))
          rest = rest.dropFirst(2)
        } else {
          ranges.append(lower(byte)...lower(byte))
        }
      }
    }
    return nil
  }

  private static func lower(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte + 32 : byte }
}
