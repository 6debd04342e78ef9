/// Splits the output of one command, or the text between two prompts, into runs of lines that belong to one output, and
/// lines that are not recognised.
///
/// Each line is recognised by itself, so one output may follow another without a prompt or heading.
struct PastedRuns {
  struct Run {
    var output: any PastedOutput
    var lines: [PastedText.Line]
    /// The number of the line that shows what it is; 0 if only the file's name does.
    var line: Int
  }

  private(set) var runs: [Run] = []
  private(set) var unread: [PastedText.Line] = []

  /// - Parameters:
  ///   - lines: the lines of one part of a text.
  ///   - name: the name of the file that is printed.
  ///   - isFile: whether the lines are the file `name` itself, which is of one kind.
  ///   - command: the command that printed them.
  init(_ lines: [PastedText.Line], named name: String, isFile: Bool, command: PastedCommand? = nil) {
    if isFile {
      if let found = PastedText.recognise(lines, named: name) {
        runs = [Run(output: found.output, lines: lines, line: found.line)]
      } else {
        unread = lines
      }
      return
    }
    var rest: [PastedText.Line] = []
    var splitter = Splitter()
    splitter.read(PastedLine.unlogged(lines))
    runs = splitter.runs
    rest = splitter.unread
    // Outputs that need several lines to be recognised (configurations, logs). They may follow a command's output.
    var left: [PastedText.Line] = []
    for block in Self.blocks(rest) {
      if let found = PastedText.recognise(block, among: PastedOutputs.ofBlocks) {
        runs.append(Run(output: found.output, lines: block, line: found.line))
      } else {
        left += block
      }
    }
    rest = left
    if let command, let output = PastedOutputs.all.first(where: { $0.isPrinted(by: command) }), !rest.isEmpty,
      rest.contains(where: { !PastedText.isBlank($0.text) })
    {
      runs.append(Run(output: output, lines: rest, line: rest.first { !PastedText.isBlank($0.text) }?.number ?? 0))
      rest = []
    }
    // The file's name helps if nothing else was found in it.
    for block in Self.blocks(rest) {
      if runs.isEmpty, let found = PastedText.recognise(block, named: name, among: PastedOutputs.ofBlocks) {
        runs.append(Run(output: found.output, lines: block, line: found.line))
      } else if runs.isEmpty, block.count == rest.count, let found = PastedText.recognise(block, named: name) {
        runs.append(Run(output: found.output, lines: block, line: found.line))
      } else {
        unread += block.filter { !PastedText.isBlank($0.text) && !PastedLine.isRemark($0.text) }
      }
    }
    runs.sort { ($0.lines.first?.number ?? 0) < ($1.lines.first?.number ?? 0) }
  }

  /// Groups of lines that belong together, with the blank lines among them.
  private static func blocks(_ lines: [PastedText.Line]) -> [[PastedText.Line]] {
    var result: [[PastedText.Line]] = []
    for line in lines {
      if let last = result.last?.last, last.number + 1 == line.number {
        result[result.count - 1].append(line)
      } else {
        result.append([line])
      }
    }
    return result
  }

  /// Goes through the lines once.
  private struct Splitter {
    var runs: [Run] = []
    var unread: [PastedText.Line] = []
    private var current: Run?
    /// Whether the last line was blank, so that an unrecognised line is no continuation.
    private var isApart = false

    mutating func read(_ lines: [PastedText.Line]) {
      var index = 0
      while index < lines.count {
        let line = lines[index]
        if PastedText.isBlank(line.text) {
          isApart = true
          if current?.output.hasParagraphs == true { current?.lines.append(line) } else { unread.append(line) }
          index += 1
          continue
        }
        if let first = line.text.first(where: { $0 != " " && $0 != "\t" }), first == "{" || first == "[",
          let document = document(lines, from: index)
        {
          close()
          runs.append(document.run)
          index = document.end
          isApart = true
          continue
        }
        take(line)
        index += 1
      }
      close()
    }

    private mutating func take(_ line: PastedText.Line) {
      // A program's remark does not continue the line before; `--` separates the matches of grep.
      if current?.output.hasParagraphs != true, line.text != "--", PastedLine.isRemark(line.text) { return }
      if let output = current?.output, output.claims(line.text) {
        current?.lines.append(line)
      } else if let output = PastedOutputs.claiming(line.text, after: current?.output) {
        close()
        current = Run(output: output, lines: [line], line: line.number)
      } else if let output = current?.output, output.hasParagraphs || mayGoOn(line.text) {
        // A wrapped line, a detail, or neither: the reader decides.
        current?.lines.append(line)
        if output.ends(with: line.text) { close() }
      } else {
        close()
        unread.append(line)
      }
      isApart = false
    }

    /// Whether an unrecognised line may be a detail or a continuation of the line before.
    private func mayGoOn(_ text: String) -> Bool {
      if text.first == " " || text.first == "\t" { return !isApart || text.first == "\t" }
      guard !isApart, let last = current?.lines.last else { return false }
      // A wrapped rest follows a long line.
      return last.text.count >= 60 || !PastedLine.hasAddress(text)
    }

    private mutating func close() {
      if let current { runs.append(current) }
      current = nil
    }

    /// A JSON document from its first bracket to the matching one, or to the end.
    private func document(_ lines: [PastedText.Line], from start: Int) -> (run: Run, end: Int)? {
      var depth = 0
      var isText = false
      var end = start
      scan: while end < lines.count {
        var isEscaped = false
        for byte in lines[end].text.utf8 {
          if isText {
            if isEscaped {
              isEscaped = false
            } else if byte == 92 {
              isEscaped = true
            } else if byte == 34 {
              isText = false
            }
          } else if byte == 34 {
            isText = true
          } else if byte == 91 || byte == 123 {
            depth += 1
          } else if byte == 93 || byte == 125 {
            depth -= 1
          }
        }
        // A string does not continue on the next line.
        isText = false
        end += 1
        if depth <= 0 { break scan }
      }
      let block = Array(lines[start..<end])
      guard let found = PastedText.recognise(block, among: PastedOutputs.ofDocuments) else { return nil }
      return (Run(output: found.output, lines: block, line: found.line), end)
    }
  }
}

extension PastedOutput {
  /// Whether a line shows by itself that it belongs to this output.
  func claims(_ text: String) -> Bool {
    guard text.utf8.count < 65536 else { return false }
    return signs.contains { $0.isOfLine && $0.matches(text) }
  }
}

extension PastedOutputs {
  /// The outputs that a single line shows, those that need several lines, and those in JSON.
  static let ofLines = all.filter { $0.signs.contains { $0.isOfLine } }
  static let ofBlocks = all.filter { $0.signs.contains { $0.strength == .twoLines || $0.strength == .most } }
  static let ofDocuments = all.filter { $0.signs.contains { $0.strength == .key } }

  /// The output that a line shows by itself; a title takes precedence over a possible coincidence.
  static func claiming(_ text: String, after current: (any PastedOutput)?) -> (any PastedOutput)? {
    guard text.utf8.count < 65536 else { return nil }
    for strength in [PastedSign.Strength.title, .line] {
      for output in ofLines {
        if output.signs.contains(where: { $0.strength == strength && $0.matches(text) }) { return output }
      }
    }
    return nil
  }
}
