public import LinuxSystem
public import Programs

/// The configuration of an nginx: all its files, with `include` followed as nginx does.
public struct NginxConfiguration: Sendable {
  /// Every directive; those of an included file stand where its `include` stood.
  public private(set) var directives: [NginxDirective] = []
  /// The files that were read, in the order in which nginx opens them, each once: the list of `nginx -T`.
  public private(set) var files: [String] = []
  /// Every `include`: its pattern as an absolute path, and where it stands.
  public private(set) var includes: [(pattern: String, place: ConfigurationLine)] = []
  /// What could not be read or understood; the rest is there all the same.
  public private(set) var problems: [ConfigurationProblem] = []
  /// What the names of logs are relative to.
  public let prefix: String
  /// The configuration file.
  public let file: String

  /// Never fails: what is missing is among the problems.
  public init(_ invocation: NginxInvocation = NginxInvocation(), in files: some NginxFiles) {
    prefix = invocation.resolvedPrefix
    file = invocation.resolvedFile
    var reader = NginxIncludes(files, folder: Self.folder(of: file))
    if let text = invocation.directives {
      directives += reader.directives(parsing: Array(text.utf8), named: "command line")
    }
    directives += reader.directives(of: file)
    self.files = reader.opened
    includes = reader.includes
    problems = reader.problems
  }

  /// The configuration of process `pid`, a master or worker, read in its own root and with its own rights; nil if it is no
  /// nginx or has ended. Where the process may not be looked at, that is its only problem.
  public init?(of pid: Int32, in processes: ProcessFiles = ProcessFiles()) {
    do throws(ProcessError) {
      guard let invocation = try NginxInvocation(of: pid, in: processes) else { return nil }
      self.init(invocation, in: invocation.root(in: processes))
    } catch {
      self.init(nothingBut: ConfigurationProblem("\(error)", at: ConfigurationLine(file: nil, line: 1)))
    }
  }

  private init(nothingBut problem: ConfigurationProblem) {
    let usual = NginxInvocation()
    (prefix, file) = (usual.resolvedPrefix, usual.resolvedFile)
    problems = [problem]
  }

  private static func folder(of file: String) -> String {
    let end = file.lastIndex(of: "/") ?? file.startIndex
    return end == file.startIndex ? "/" : String(file[..<end])
  }
}
