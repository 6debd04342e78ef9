/// The program's exit status.
enum ExitStatus: Int32, Error {
  case answered = 0
  /// The question has no answer here: nothing matches.
  case noAnswer = 1
  case usage = 2
  /// Not permitted.
  case denied = 3
  /// A host could not be reached; what was found is printed nevertheless.
  case unreachable = 4
}
