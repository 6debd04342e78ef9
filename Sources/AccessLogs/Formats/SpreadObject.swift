/// An object of JSON that several lines write, as `jq .` and browsers print it: `{`, `  "time": "…",`, `}`.
struct SpreadObject {
  private var bytes: [UInt8] = []
  private var depth = 0

  /// Whether its first line was read, and not its last.
  var isBegun: Bool { depth > 0 }

  /// Whether a line is nothing but the beginning of an object.
  static func begins(_ line: LineBytes) -> Bool {
    var index = 0
    while line[index] == UInt8(ascii: " ") || line[index] == 9 { index += 1 }
    return line[index] == UInt8(ascii: "{") && index == line.count - 1
  }

  /// Adds a line; false if it belongs to no object, which is then given up.
  mutating func take(_ line: LineBytes) -> Bool {
    var index = 0
    while line[index] == UInt8(ascii: " ") || line[index] == 9 { index += 1 }
    let first = line[index]
    let isMember = [UInt8(ascii: "\""), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]")]
      .contains(first)
    // An element of a list: a number, `true`.
    let isElement = depth > 1 && (first &- 48 < 10 || first == UInt8(ascii: "-") || (first | 0x20) &- 97 < 26)
    guard isMember || isElement, bytes.count + line.count < ScratchLine.limit else {
      self = SpreadObject()
      return false
    }
    var isText = false
    while index < line.count {
      let byte = line[index]
      bytes.append(byte)
      index += 1
      if isText, byte == 0x5C {
        bytes.append(line[index])
        index += 1
      } else if byte == UInt8(ascii: "\"") {
        isText.toggle()
      } else if !isText {
        if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") { depth += 1 }
        if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") { depth -= 1 }
        // What follows the object, as a comma does in a list.
        if depth <= 0 { return true }
      }
    }
    return true
  }

  /// The object, if its last line was read.
  mutating func takeWhole() -> [UInt8]? {
    guard depth <= 0 else { return nil }
    defer { self = SpreadObject() }
    return bytes
  }
}
