/// What the program's exit status says.
enum ExitStatus: Int32, Error {
  case answered = 0
  /// The question has no answer here: nothing matched.
  case noAnswer = 1
  case usage = 2
  /// Not permitted.
  case denied = 3
  /// A host could not be reached; what was found is printed all the same.
  case unreachable = 4
}
