/// What a person saved or pasted of a terminal: lines with their numbers, parted where a prompt shows the next command.
///
/// Colours, carriage returns, byte order marks and bytes that are no UTF-8 do no harm. A text without a prompt is one part.
public struct PastedText: Sendable {
  public struct Line: Hashable, Sendable {
    /// From 1, in the file.
    public var number: Int
    public var text: String
    public init(number: Int, text: String) {
      self.number = number
      self.text = text
    }
  }

  /// One command's output.
  public struct Part: Sendable {
    /// The command behind the prompt; nil for what stands before the first prompt.
    public var command: PastedCommand?
    /// The host that the prompt names: `s750` of `root@s750:~#`.
    public var host: String?
    public var lines: [Line]

    /// The lines as a file that has every line at its own number.
    public var content: [UInt8] {
      var bytes: [UInt8] = []
      var number = 1
      for line in lines {
        while number < line.number {
          bytes.append(10)
          number += 1
        }
        bytes += line.text.utf8
        bytes.append(10)
        number += 1
      }
      return bytes
    }
  }

  public private(set) var parts: [Part] = []
  /// Whether lines were left out because there are too many.
  public private(set) var isCut = false

  static let lineLimit = 4_000_000

  /// - Parameter hasPrompts: false for a file that is no terminal's text, such as a configuration with its comments.
  public init(_ content: [UInt8], hasPrompts: Bool = true) {
    var part = Part(lines: [])
    var number = 0
    for text in Self.lines(content) {
      number += 1
      guard number <= Self.lineLimit else {
        isCut = true
        break
      }
      if hasPrompts, let prompt = PastedPrompt(text, isInFile: part.command?.showsFile ?? false) {
        if !part.lines.isEmpty || part.command != nil { parts.append(part) }
        part = Part(command: prompt.command, host: prompt.host, lines: [])
      } else {
        part.lines.append(Line(number: number, text: text))
      }
    }
    if !part.lines.isEmpty { parts.append(part) }
  }

  /// The text of the lines, without their ends and without what a terminal would not show.
  private static func lines(_ content: [UInt8]) -> [String] {
    var lines: [String] = []
    var line: [UInt8] = []
    var bytes = decoded(content)[...]
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    var index = bytes.startIndex
    while index < bytes.endIndex, lines.count <= lineLimit {
      let byte = bytes[index]
      index += 1
      switch byte {
      case 10, 13:
        if byte == 13, index < bytes.endIndex, bytes[index] == 10 { index += 1 }
        lines.append(String(decoding: line, as: UTF8.self))
        line.removeAll(keepingCapacity: true)
      case 0x1B: index = afterEscape(bytes, index)
      case 8: if !line.isEmpty { line.removeLast() }
      case 0: break
      default: line.append(byte)
      }
    }
    if !line.isEmpty { lines.append(String(decoding: line, as: UTF8.self)) }
    return lines
  }

  /// Behind `ESC [ … letter` or `ESC ] … BEL`; a torn sequence ends with its line.
  private static func afterEscape(_ bytes: ArraySlice<UInt8>, _ start: Int) -> Int {
    guard start < bytes.endIndex else { return start }
    let isTitle = bytes[start] == UInt8(ascii: "]")
    guard isTitle || bytes[start] == UInt8(ascii: "[") else { return start + 1 }
    var index = start + 1
    while index < bytes.endIndex, bytes[index] != 10 {
      let byte = bytes[index]
      index += 1
      if isTitle ? byte == 7 : (0x40...0x7E).contains(byte) { return index }
    }
    return index
  }

  /// UTF-16 with a byte order mark, as some editors save, becomes UTF-8.
  private static func decoded(_ content: [UInt8]) -> [UInt8] {
    let isLittle = content.starts(with: [0xFF, 0xFE])
    guard isLittle || content.starts(with: [0xFE, 0xFF]) else { return content }
    let (high, low) = isLittle ? (1, 0) : (0, 1)
    var units: [UInt16] = []
    units.reserveCapacity(content.count / 2)
    for index in stride(from: 2, to: content.count - 1, by: 2) {
      units.append(UInt16(content[index + high]) << 8 | UInt16(content[index + low]))
    }
    return Array(String(decoding: units, as: UTF16.self).utf8)
  }
}
