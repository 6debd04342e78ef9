internal import LinuxSystem
internal import Programs

/// Reads configuration files and puts the directives of included files in the place of their `include`
/// (`ngx_conf_include`: names are relative to the folder of the configuration file).
struct NginxIncludes<Files: NginxFiles> {
  /// Limits beyond which the rest is left out.
  struct Limits {
    var fileBytes = 16 << 20
    var totalBytes = 64 << 20
    /// How many files are read; a file that is included several times counts each time.
    var inclusions = 50_000
    /// How deep files may include each other and blocks may be nested.
    var depth = 64
    var directives = 1_000_000
    var problems = 1000
  }

  private(set) var opened: [String] = []
  private(set) var includes: [(pattern: String, place: ConfigurationLine)] = []
  private(set) var problems: [ConfigurationProblem] = []
  private let files: Files
  private let folder: String
  private let limits: Limits
  /// Files that were parsed already, because every server may include the same snippet.
  private var parsed: [String: [NginxDirective]] = [:]
  private var stack: [String] = []
  private var bytes = 0
  private var inclusions = 0
  private var directives = 0
  private var isFull = false

  init(_ files: Files, folder: String, limits: Limits = Limits()) {
    self.files = files
    self.folder = folder
    self.limits = limits
  }

  /// The directives of the configuration file itself.
  mutating func directives(of file: String) -> [NginxDirective] {
    directives(of: file, includedAt: ConfigurationLine(file: file, line: 1), depth: 0)
  }

  /// The directives of a text that is not a file.
  mutating func directives(parsing text: [UInt8], named name: String) -> [NginxDirective] {
    let result = NginxParser.parse(text, file: name)
    result.problems.forEach { report($0) }
    return expanded(result.directives, depth: 0)
  }

  private mutating func directives(of file: String, includedAt place: ConfigurationLine, depth: Int)
    -> [NginxDirective]
  {
    guard !stack.contains(file) else {
      report(ConfigurationProblem("include loop: \(file) includes itself", at: place))
      return []
    }
    inclusions += 1
    guard inclusions <= limits.inclusions else {
      full("more than \(limits.inclusions) included files", at: place)
      return []
    }
    guard let own = load(file, includedAt: place) else { return [] }
    stack.append(file)
    defer { stack.removeLast() }
    return expanded(own, depth: depth + 1)
  }

  private mutating func load(_ file: String, includedAt place: ConfigurationLine) -> [NginxDirective]? {
    if let known = parsed[file] { return known }
    let text: [UInt8]
    do throws(SystemError) {
      text = try files.bytes(of: file, limit: limits.fileBytes + 1)
    } catch {
      report(ConfigurationProblem("\(error)", at: place))
      return nil
    }
    opened.append(file)
    bytes += text.count
    guard text.count <= limits.fileBytes, bytes <= limits.totalBytes else {
      full("\(file) is too large, or all files together are", at: place)
      return nil
    }
    let result = NginxParser.parse(text, file: file)
    result.problems.forEach { report($0) }
    parsed[file] = result.directives
    return result.directives
  }

  private mutating func expanded(_ list: [NginxDirective], depth: Int) -> [NginxDirective] {
    guard let first = list.first, !isFull else { return [] }
    guard depth < limits.depth else {
      report(ConfigurationProblem("files and blocks are more than \(limits.depth) deep", at: first.place))
      return []
    }
    var result: [NginxDirective] = []
    result.reserveCapacity(list.count)
    for directive in list {
      directives += 1
      guard directives <= limits.directives else {
        full("more than \(limits.directives) directives", at: directive.place)
        break
      }
      if directive.name == "include", directive.block == nil {
        result += included(by: directive, depth: depth)
      } else if let block = directive.block {
        var copy = directive
        copy.block = expanded(block, depth: depth + 1)
        result.append(copy)
      } else {
        result.append(directive)
      }
    }
    return result
  }

  private mutating func included(by directive: NginxDirective, depth: Int) -> [NginxDirective] {
    guard let name = directive.value, !name.isEmpty else {
      report(ConfigurationProblem("include without a file", at: directive.place))
      return []
    }
    let path = NginxInvocation.path(name, in: folder)
    if includes.count < limits.inclusions { includes.append((path, directive.place)) }
    guard PathPattern.isPattern(path) else { return directives(of: path, includedAt: directive.place, depth: depth) }
    // A pattern without a match is no error, so folders may be empty.
    var result: [NginxDirective] = []
    let (paths, unread) = PathPattern(path).paths(in: files)
    for refusal in unread { report(ConfigurationProblem("\(refusal)", at: directive.place)) }
    for path in paths where !isFull {
      result += directives(of: path, includedAt: directive.place, depth: depth)
    }
    return result
  }

  mutating func report(_ problem: ConfigurationProblem) {
    if problems.count < limits.problems { problems.append(problem) }
  }

  private mutating func full(_ text: String, at place: ConfigurationLine) {
    if !isFull { report(ConfigurationProblem("\(text): the rest is left out", at: place)) }
    isFull = true
  }
}
