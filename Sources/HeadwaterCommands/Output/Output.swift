internal import LinuxSystem
internal import Views

/// How an answer is printed.
struct Output: Sendable {
  let isJSON: Bool
  let isVerbose: Bool
  let style: Style
  /// The terminal's columns; nil when piped.
  let width: Int?

  init(isJSON: Bool, isVerbose: Bool = false, noColor: Bool = false) {
    self.isJSON = isJSON
    self.isVerbose = isVerbose
    style = Style(
      isTerminal: ProcessExit.isTerminal(1), noColorOption: noColor, environment: ProcessExit.environment)
    width = Terminal.size(of: 1)?.columns
  }

  /// Prints the answer, and then its remarks on standard error.
  ///
  /// - Throws: the exit status, unless the question was answered.
  func show(_ answer: some Answer) throws {
    if isJSON {
      Console.print(try Document(answer.document))
    } else {
      Console.print(answer.lines(self), style)
    }
    for remark in answer.remarks(self) { Console.report(remark) }
    if answer.status != .answered { throw answer.status }
  }
}

/// The answer of a command.
protocol Answer {
  associatedtype Body: Encodable

  /// For programs: one document, even if a part of the answer is missing.
  var document: Body { get }
  /// The lines for people.
  func lines(_ output: Output) -> [Line]
  /// Lines for standard error: which parts failed.
  func remarks(_ output: Output) -> [Line]
  var status: ExitStatus { get }
}

extension Answer {
  func remarks(_ output: Output) -> [Line] { [] }
}
