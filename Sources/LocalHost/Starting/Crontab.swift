/// One job of a crontab.
struct CronJob: Hashable {
  var file: String
  /// The line's number, from 1.
  let line: Int
  /// The user who runs it; nil if the line does not say.
  let user: String?
  /// The command as the shell gets it, without the text for its standard input (`%`).
  let command: String

  var withoutFile: CronJob {
    var other = self
    other.file = ""
    return other
  }

  /// The folder of a `run-parts` command: `/etc/cron.hourly` for `run-parts --report /etc/cron.hourly`.
  var partsFolder: String? {
    let words = command.split { $0 == " " || $0 == "\t" }
    guard words.contains(where: { $0 == "run-parts" || $0.hasSuffix("/run-parts") }) else { return nil }
    return words.last { $0.hasPrefix("/") && !$0.hasSuffix("/run-parts") }.map { String($0.prefix { $0 != ")" }) }
  }
}

/// Reads crontabs, in the form of crontab(5) of Debian, cronie and BusyBox.
enum Crontab {
  enum Form {
    /// `/etc/crontab` and `/etc/cron.d`: a user name comes before each command.
    case system
    /// A user's own crontab.
    case user(String)
    /// `/etc/anacrontab`: period, delay and name come before each command.
    case anacron
  }

  static func jobs(in text: String, file: String, _ form: Form) -> [CronJob] {
    text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
      job(in: line, form).map { CronJob(file: file, line: index + 1, user: $0.user, command: $0.command) }
    }
  }

  private static func job(in line: Substring, _ form: Form) -> (user: String?, command: String)? {
    var rest = line.drop(while: isSpace)
    guard let first = rest.first, first != "#", !isSetting(rest) else { return nil }
    func skip() -> Substring {
      let word = rest.prefix { !isSpace($0) }
      rest = rest.dropFirst(word.count).drop(while: isSpace)
      return word
    }
    var user: String?
    switch form {
    case .anacron: for _ in 0..<3 { _ = skip() }
    case .system, .user:
      // `@daily` replaces all five fields.
      for _ in 0..<(first == "@" ? 1 : 5) { _ = skip() }
      if case .user(let name) = form { user = name } else { user = String(skip()) }
    }
    let command = unescaped(rest)
    return command.isEmpty ? nil : (user, command)
  }

  private static func unescaped(_ text: Substring) -> String {
    var command = ""
    var isEscaped = false
    for character in text {
      if character == "%", !isEscaped { break }
      if isEscaped, character != "%" { command.append("\\") }
      isEscaped = !isEscaped && character == "\\"
      if !isEscaped { command.append(character) }
    }
    while let last = command.last, isSpace(last) || last == "\r" { command.removeLast() }
    return command
  }

  /// Whether the line has the form `NAME = value`.
  private static func isSetting(_ line: Substring) -> Bool {
    let name = line.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
    guard let start = name.first, !start.isNumber else { return false }
    return line.dropFirst(name.count).drop(while: isSpace).first == "="
  }

  private static func isSpace(_ character: Character) -> Bool { character == " " || character == "\t" }

  /// The only job that started `command`; else the only one that names one of the `programs`; else the only job there
  /// is. Nil if several are possible.
  ///
  /// - Parameters:
  ///   - programs: the kernel's names, of 15 bytes at most.
  ///   - command: the command line of cron's shell, if it is known: then it is that job, or none.
  ///   - areAll: whether all crontabs could be read.
  static func job(of programs: [String], command: String?, among jobs: [CronJob], areAll: Bool = true) -> CronJob? {
    if let command {
      let exact = jobs.filter { $0.command == command }
      return exact.count == 1 ? exact[0] : nil
    }
    guard areAll else { return nil }
    return jobs.count == 1 ? jobs[0] : job(naming: programs, among: jobs)
  }

  /// The only job that names one of the `programs`; nil where several do.
  static func job(naming programs: [String], among jobs: [CronJob]) -> CronJob? {
    // A shell would match most of the lines.
    let names = Set(programs).subtracting(["sh", "bash", "dash", "ash", "busybox", "cron", "crond", "env", ""])
    let naming = jobs.filter { job in words(of: job.command).contains { names.contains(String($0.prefix(15))) } }
    return naming.count == 1 ? naming[0] : nil
  }

  /// Whether cron ignores a file in `/etc/cron.d`: Debian's ignores names with a dot, others ignore files that package
  /// managers and editors leave behind.
  static func isIgnored(_ name: String, onDebian: Bool) -> Bool {
    name.hasPrefix(".") || name.hasSuffix("~") || (onDebian && name.contains("."))
      || [".rpmsave", ".rpmorig", ".rpmnew"].contains(where: name.hasSuffix)
  }

  /// The words of a shell command, and the last component of those that are paths.
  private static func words(of command: String) -> Set<Substring> {
    let words = command.split { " \t;|&(){}'\"`$".contains($0) }
    return Set(words + words.compactMap { $0.split(separator: "/").last })
  }
}
