/// How a program's configuration or command line says where it listens and where it connects.
struct RelayDialect: Sendable {
  /// The configuration file for these arguments; nil if everything is on the command line.
  let file: @Sendable ([String]) -> String?
  let readLines: @Sendable ([DirectiveLine], inout RelayFindings) -> Void
  let readArguments: @Sendable ([String], inout RelayFindings) -> Void
  /// Reads the paths of the access logs; nil if the program's log has no requests.
  let readLogs: (@Sendable ([DirectiveLine]) -> [String])?

  init(
    file: @escaping @Sendable ([String]) -> String?,
    lines: @escaping @Sendable ([DirectiveLine], inout RelayFindings) -> Void,
    logs: (@Sendable ([DirectiveLine]) -> [String])? = nil
  ) {
    self.file = file
    readLines = lines
    readLogs = logs
    readArguments = { _, _ in }
  }

  init(arguments: @escaping @Sendable ([String], inout RelayFindings) -> Void) {
    file = { _ in nil }
    readLogs = nil
    readLines = { _, _ in }
    readArguments = arguments
  }

  /// The value of the last one of `flags`: `-f FILE`, `-fFILE`, `--config FILE`, `--config=FILE`.
  static func value(_ flags: [String], in arguments: [String]) -> String? {
    var found: String?
    for (index, word) in arguments.enumerated() {
      for flag in flags {
        if word == flag, index + 1 < arguments.count { found = arguments[index + 1] }
        if flag.hasPrefix("--"), word.hasPrefix(flag + "=") { found = String(word.dropFirst(flag.count + 1)) }
        if !flag.hasPrefix("--"), word.hasPrefix(flag), word.count > flag.count {
          found = String(word.dropFirst(flag.count))
        }
      }
    }
    return found
  }

  /// The first argument that is not a flag.
  static func positional(_ arguments: [String]) -> String? { arguments.first { !$0.hasPrefix("-") } }
}
