extension String {
  /// How many cells of a terminal this text occupies, if it is `visible` text.
  public var displayWidth: Int {
    if utf8.allSatisfy({ $0 < 0x80 }) { return utf8.count }
    return unicodeScalars.reduce(0) { $0 + $1.displayWidth }
  }

  /// The longest beginning that fits into `width` cells; combining marks stay with their character.
  func prefix(cells width: Int) -> String {
    var result = String.UnicodeScalarView()
    var used = 0
    for scalar in unicodeScalars {
      used += scalar.displayWidth
      if used > width { break }
      result.append(scalar)
    }
    return String(result)
  }

  /// The longest end that fits into `width` cells.
  func suffix(cells width: Int) -> String {
    var start = unicodeScalars.endIndex
    var used = 0
    for index in unicodeScalars.indices.reversed() {
      used += unicodeScalars[index].displayWidth
      if used > width { break }
      start = index
    }
    // A mark whose character was cut off would be drawn over the ellipsis.
    return String(String.UnicodeScalarView(unicodeScalars[start...].drop { $0.isMark }))
  }

  /// This text in at most `width` cells, with an ellipsis in place of what was removed.
  public func shortened(to width: Int, at place: Ellipsis = .end) -> String {
    if displayWidth <= width { return self }
    guard width > 1 else { return width == 1 ? "…" : "" }
    switch place {
    case .end: return prefix(cells: width - 1) + "…"
    case .middle: return prefix(cells: width / 2) + "…" + suffix(cells: (width - 1) / 2)
    case .pair: return shortenedPair(to: width) ?? shortened(to: width, at: .middle)
    }
  }

  /// `forwarded: A -> B` with A and B shortened; nil if the text has another form, or if there is too little room to
  /// tell A and B apart. The word is dropped where the addresses need its room.
  private func shortenedPair(to width: Int) -> String? {
    guard let arrow = firstRange(of: " -> "), let label = firstRange(of: ": ") else { return nil }
    let first = String(self[label.upperBound..<arrow.lowerBound])
    let second = String(self[arrow.upperBound...])
    let hasLabel = width >= 40
    let before = hasLabel ? String(self[..<label.upperBound]) : ""
    let room = width - before.displayWidth - 4
    guard room >= 10 else { return nil }
    // Cells that the shorter one doesn't need go to the longer one.
    let half = room / 2
    let firstWidth = second.displayWidth < half ? room - second.displayWidth : half
    let shortFirst = first.shortened(to: firstWidth, at: .middle)
    let shortSecond = second.shortened(to: room - shortFirst.displayWidth, at: .middle)
    return before + shortFirst + " -> " + shortSecond
  }

  private func firstRange(of text: String) -> Range<Index>? {
    indices.lazy.compactMap { start in
      self[start...].hasPrefix(text) ? start..<self.index(start, offsetBy: text.count) : nil
    }.first
  }
}

/// Where a text that is too long is cut.
public enum Ellipsis: Hashable, Sendable {
  case end
  /// In the middle; for addresses, because both ends distinguish them.
  case middle
  /// For `forwarded: A -> B`: in the middle of both addresses.
  case pair
}

extension Unicode.Scalar {
  /// 0, 1 or 2 cells by Unicode's East Asian Width (UAX 11); wide and full-width characters take 2.
  var displayWidth: Int {
    if value < 0x300 { return 1 }
    if isMark || (0x1160...0x11FF).contains(value) || (0xD7B0...0xD7FF).contains(value) { return 0 }
    return Self.wide.contains { $0.contains(value) } ? 2 : 1
  }

  // Code blocks whose characters are wide, and single wide symbols; a narrow one among them counts as wide.
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x231A...0x231B, 0x2329...0x232A, 0x23E9...0x23F3, 0x25FD...0x25FE, 0x2614...0x2615,
    0x2630...0x2637, 0x2648...0x2653, 0x267F...0x267F, 0x268A...0x268F, 0x2693...0x2693, 0x26A1...0x26A1,
    0x26AA...0x26AB, 0x26BD...0x26BE, 0x26C4...0x26C5, 0x26CE...0x26CE, 0x26D4...0x26D4, 0x26EA...0x26EA,
    0x26F2...0x26FD, 0x2705...0x2705, 0x270A...0x270B, 0x2728...0x2728, 0x274C...0x274E, 0x2753...0x2757,
    0x2795...0x2797, 0x27B0...0x27B0, 0x27BF...0x27BF, 0x2B1B...0x2B1C, 0x2B50...0x2B50, 0x2B55...0x2B55,
    0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19,
    0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18CFF, 0x1AFF0...0x1B2FF, 0x1D300...0x1D37F,
    0x1F000...0x1FAFF, 0x20000...0x3FFFD,
  ]
}
