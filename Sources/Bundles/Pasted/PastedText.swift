/// The text of a terminal that a person saved or pasted: numbered lines, split where a prompt shows the next command.
///
/// Colours, carriage returns, byte order marks and bytes that are not UTF-8 are handled. A text without a prompt is one
/// part.
public struct PastedText: Sendable {
  public struct Line: Hashable, Sendable {
    /// The line's number in the file, from 1.
    public var number: Int
    public var text: String
    public init(number: Int, text: String) {
      self.number = number
      self.text = text
    }
  }

  /// The output of one command.
  public struct Part: Sendable {
    /// The command after the prompt; nil for the text before the first prompt.
    public var command: PastedCommand?
    /// The host in the prompt: `s750` of `root@s750:~#`.
    public var host: String?
    /// Whether the host is that of a heading above one host's part of an output (`web1 | CHANGED | rc=0 >>`): it is not
    /// the host of what follows.
    public var isUnderHeading = false
    public var lines: [Line]

    /// The lines as a file in which every line keeps its number.
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
  /// The incomplete last word of a file that ends in the middle of a line. It is not used, because it may continue.
  public private(set) var torn: (line: Int, text: String)?

  static let lineLimit = 4_000_000

  /// - Parameter hasPrompts: false for a file that is no terminal's text, such as a configuration with comments.
  public init(_ content: [UInt8], hasPrompts: Bool = true) {
    var texts = Self.lines(content)
    var headings = HostHeadings()
    if texts.count > Self.lineLimit {
      isCut = true
      texts.removeLast(texts.count - Self.lineLimit)
    }
    if hasPrompts {
      texts = texts.map(PastedLine.plain)
      headings = HostHeadings(texts)
      texts = Self.withoutMargins(texts)
      if let last = content.last, last != 10, last != 13, last != 0 { tear(&texts) }
    }
    var reader = Reader(hasPrompts: hasPrompts, headings: headings)
    for (index, text) in texts.enumerated() { reader.read(Line(number: index + 1, text: text)) }
    parts = reader.finish()
  }

  /// Splits the lines at prompts.
  private struct Reader {
    let hasPrompts: Bool
    /// The lines that name the host of what follows.
    let headings: HostHeadings
    /// The last heading's host.
    var heading: HostHeadings.Heading?
    var parts: [Part] = []
    var part = Part(lines: [])
    /// The nested shells, innermost last.
    var shells: [Shell] = []
    /// The host in the upper line of a prompt with two lines.
    var upperHost: String?

    /// A shell that a command opened elsewhere.
    struct Shell {
      var place: PastedCommand.Namespace?
      /// The host that `ssh HOST` opened it on.
      var host: String?
      /// The host in the prompt where it was opened; nil if that had none.
      let outer: String?
      /// Whether its own prompt was seen to be another.
      var isApart = false
    }

    init(hasPrompts: Bool, headings: HostHeadings) {
      self.hasPrompts = hasPrompts
      self.headings = headings
    }

    /// Leaves the shells that ended without a command (Ctrl-D): the prompt is again that of before.
    private mutating func leave(at host: String?) {
      if let host, let index = shells.firstIndex(where: { $0.outer == host && $0.isApart }) {
        shells.removeSubrange(index...)
      } else if let last = shells.last, host != last.outer {
        shells[shells.count - 1].isApart = true
      }
    }

    mutating func read(_ line: Line) {
      guard hasPrompts else {
        part.lines.append(line)
        return
      }
      if let found = headings.heading(line.number) {
        if !part.lines.isEmpty || part.command != nil { parts.append(part) }
        part = Part(command: nil, host: found.host, isUnderHeading: true, lines: [])
        heading = found
        return
      }
      if let found = headings.prefixed(line.number) {
        if !part.isUnderHeading || part.host != found.host {
          if !part.lines.isEmpty || part.command != nil { parts.append(part) }
          part = Part(command: nil, host: found.host, isUnderHeading: true, lines: [])
          heading = HostHeadings.Heading(host: found.host, isWritten: false)
        }
        part.lines.append(Line(number: line.number, text: found.text))
        return
      }
      var line = line
      if let indent = heading?.indent, indent > 0, line.text.utf8.prefix(indent).allSatisfy({ $0 == 32 }) {
        line.text = String(line.text.dropFirst(indent))
      }
      let isInFile = part.command?.showsFile ?? false
      if !isInFile, PastedPrompt.isUpperLine(line.text) {
        upperHost = PastedPrompt.upperHost(line.text)
        return
      }
      guard let prompt = PastedPrompt(line.text, isInFile: isInFile) else {
        // Text after an empty prompt was written by a person.
        if let host = PastedPrompt.bareHost(line.text) {
          leave(at: host)
          heading = nil
          if !part.lines.isEmpty || part.command != nil { parts.append(part) }
          part = Part(command: nil, host: host, lines: [])
        } else {
          part.lines.append(line)
          // bash also answers a typed `exit` with that word.
          let wasTyped = part.command.map { ["exit", "logout"].contains($0.words[0]) } ?? false
          if !isInFile, !wasTyped, PastedPrompt.endsShell(line.text) { _ = shells.popLast() }
          // It follows a typed `exit` as well.
          if !isInFile, let name = shells.last?.host, line.text == "Connection to \(name) closed." {
            shells.removeLast()
          }
        }
        return
      }
      if !part.lines.isEmpty || part.command != nil { parts.append(part) }
      leave(at: prompt.host)
      var command = prompt.command
      if command.words[0] == "exit" || command.words[0] == "logout" { _ = shells.popLast() }
      if command.opensShell, let place = command.place { shells.append(Shell(place: place, outer: prompt.host)) }
      let shellHost = shells.last?.host
      if prompt.isTyped, let host = PastedEntry.shellHost(command.words) {
        shells.append(Shell(host: host, outer: prompt.host))
      }
      command.place = command.place ?? shells.last?.place
      // What a program wrote above each host's output ends at the next prompt, what a person wrote at the next heading.
      if prompt.host != nil || upperHost != nil || heading?.isWritten == false && prompt.isTyped { heading = nil }
      let host = command.host ?? prompt.host ?? upperHost ?? heading?.host ?? shellHost
      part = Part(
        command: command, host: host,
        isUnderHeading: command.host == nil && prompt.host == nil && upperHost == nil && host != nil, lines: [])
      upperHost = nil
    }

    mutating func finish() -> [Part] {
      if !part.lines.isEmpty || part.command?.opensShell == true { parts.append(part) }
      return parts
    }
  }

  /// Removes the last word of a text that does not end with a line end, unless the word is certainly complete: `401`
  /// could have been `40142`.
  private mutating func tear(_ texts: inout [String]) {
    guard let last = texts.last, let word = PastedWords.split(last).last else { return }
    let before = texts.dropLast().reversed().prefix(2000)
    // `tc` below lines that begin with `tcp` begins another line, and does not continue the one above.
    let isBeginning =
      PastedWords.split(last).count == 1
      && before.contains { line in
        PastedWords.split(line).first.map { $0 != word && $0.hasPrefix(word) } == true
      }
    guard isBeginning || Self.mayGoOn(word, of: last) else { return }
    // A word that occurs elsewhere as well is complete.
    guard !before.contains(where: { PastedWords.split($0).contains(word) }) else { return }
    torn = (texts.count, String(word))
    texts[texts.count - 1] = String(last[..<word.startIndex])
  }

  /// Whether the word may be the beginning of a longer one with another meaning: a flow's end whose port has less than
  /// five digits, an address, an amount, `811/squ`, the name in the last column of `docker ps`.
  private static func mayGoOn(_ word: Substring, of line: String) -> Bool {
    guard let end = word.last, let first = PastedWords.split(line).first else { return false }
    if first.utf8.count >= 12, first.allSatisfy(\.isHexDigit), end != "," { return true }
    let isTold = ["pid=", "src=", "dst=", "sport=", "dport="].contains { word.contains($0) }
    if end.isNumber {
      let digits = word.reversed().prefix { $0.isNumber }.count
      if digits == 5, word.dropLast(5).last.map({ ":=".contains($0) }) == true { return false }
      // `172.16.248.22/24`
      if digits == 2, word.dropLast(2).last == "/", word.contains(".") { return false }
      // The `8` of `811` behind a connection's ends, as Windows prints it.
      return isTold || word.contains(".") || word.contains(":") || first == "TCP" || first == "UDP"
        || (PastedWords.address(first) != nil && word.allSatisfy(\.isNumber) && PastedWords.split(line).count >= 6)
    }
    // An incomplete address or process; a word with a closing sign is complete.
    if [".", ":", "="].contains(end) { return isTold || word.contains(".") }
    return end.isLetter && (word.contains("/") || isTold || word.contains("((\""))
  }

  /// The text of the lines, without their ends and without characters that a terminal does not show.
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

  /// The position after `ESC [ … letter` or `ESC ] … BEL`; an incomplete sequence ends with its line.
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

  /// Converts UTF-16 with a byte order mark, as some editors save it, to UTF-8.
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
