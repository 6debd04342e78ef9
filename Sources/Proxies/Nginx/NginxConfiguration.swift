public import LinuxSystem
public import Programs

/// The configuration of an nginx: all its files, with `include` followed as nginx does.
public struct NginxConfiguration: Sendable {
  /// All directives. Those of an included file are in the place of its `include`.
  public private(set) var directives: [NginxDirective] = []
  /// The files that were read, each once, in the order in which nginx opens them: the list of `nginx -T`.
  public private(set) var files: [String] = []
  /// Every `include`, with its pattern as an absolute path and its line.
  public private(set) var includes: [(pattern: String, place: ConfigurationLine)] = []
  /// What could not be read or understood. The rest was read.
  public private(set) var problems: [ConfigurationProblem] = []
  /// The folder to which the names of logs are relative.
  public let prefix: String
  /// The configuration file.
  public let file: String

  /// Reads the configuration. It never fails: what is missing becomes a problem.
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

  /// The configuration of process `pid` (a master or worker), read in its own root and with its own rights; nil if it
  /// is no nginx or has ended. If the process may not be examined, that is the only problem.
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
