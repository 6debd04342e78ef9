extension String {
  /// This text with everything that isn't plainly visible written as an escape: `\n`, `\x1b`, `\u{202e}`.
  ///
  /// Others choose the names of processes, containers and hosts. No such name may move the cursor, change colours,
  /// reverse the direction of writing or hide a part of itself. At most two combining marks per character are kept.
  public var visible: String {
    // Most text is plain ASCII.
    if utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return self }
    var result = ""
    var marks = 2  // nothing to combine with yet
    for scalar in unicodeScalars {
      if scalar.isUnsafe || (scalar.isMark && marks >= 2) {
        result += scalar.writtenOut
        marks = 0
      } else {
        marks = scalar.isMark ? marks + 1 : 0
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension String {
  /// This JSON text with everything in its strings that isn't plainly visible as `\u001b` escapes. The value is the
  /// same for a program, but a terminal interprets nothing in it. Line breaks between values stay.
  public var visibleJSON: String {
    if utf8.allSatisfy({ (0x20..<0x7F).contains($0) || $0 == 0x0A }) { return self }
    var result = ""
    for scalar in unicodeScalars {
      if scalar.isUnsafe, scalar != "\n" {
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension Unicode.Scalar {
  /// Whether the character has no cell of its own and is drawn over the one before.
  var isMark: Bool {
    guard value >= 0x300 else { return false }
    let category = properties.generalCategory
    return category == .nonspacingMark || category == .enclosingMark
  }

  fileprivate var isUnsafe: Bool {
    if (0x20..<0x7F).contains(value) { return false }
    // Variation selectors make a character wider in some terminals only.
    if (0xFE00...0xFE0F).contains(value) || (0xE0100...0xE01EF).contains(value) { return true }
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: return true
    // A space that looks like another, or like none.
    case .spaceSeparator: return true
    // Fillers are letters that show nothing.
    default: return [0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0].contains(value)
    }
  }

  fileprivate var writtenOut: String {
    switch self {
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    case _ where value < 0x10: "\\x0" + String(value, radix: 16)
    case _ where value < 0x100: "\\x" + String(value, radix: 16)
    default: "\\u{" + String(value, radix: 16) + "}"
    }
  }
}
