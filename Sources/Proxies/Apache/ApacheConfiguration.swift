internal import LinuxSystem

/// Reads the virtual hosts in Apache's configuration: their names, their logs and where they forward requests.
struct ApacheConfiguration {
  /// A virtual host, or the main server.
  struct Host {
    /// The names of `ServerName` and `ServerAlias`, without ports.
    var names: [String] = []
    /// `file:line` of its `ServerName`, or else of its section.
    var place: String
    /// The absolute paths of `CustomLog` and `TransferLog`, if they are files.
    var logs: [String] = []
    /// The targets of `ProxyPass` and of `RewriteRule … [P]`.
    var targets: [String] = []
  }

  /// The main server. Its logs are also those of virtual hosts without logs of their own.
  private(set) var main = Host(place: "")
  private(set) var hosts: [Host] = []
  private(set) var files: [String] = []
  private(set) var problems: [String] = []
  /// Problems with files that are there, or may be.
  private(set) var denials: [String] = []
  private var folder: String
  private var variables: [String: String]
  private let root: RootFolder

  private static let fileLimit = 2000
  private static let sizeLimit = 4 << 20
  /// Bytes of all files together.
  private static let wholeLimit = 32 << 20
  /// Names of one host, and problems of all files.
  private static let nameLimit = 1000
  private static let problemLimit = 100

  /// Files that were to be read, also those that could not be, and the bytes of those that were.
  private var tries = 0
  private var size = 0
  private static let depthLimit = 16
  /// Folders that are listed for patterns of all files together; a pattern may walk through links that lead in a circle.
  private static let listLimit = 5000
  private var lists = 0

  /// - Parameters:
  ///   - folder: the `ServerRoot` to use if the configuration has none.
  ///   - variables: the process's environment, for `${NAME}`.
  init(_ file: String, folder: String, variables: [String: String], in root: RootFolder) {
    self.folder = folder
    self.variables = variables
    self.root = root
    var host: Host?
    read(absolute(file), &host, depth: 0)
    for index in hosts.indices where hosts[index].logs.isEmpty { hosts[index].logs = main.logs }
  }

  private mutating func read(_ path: String, _ host: inout Host?, depth: Int, isOptional: Bool = false) {
    tries += 1
    guard depth < Self.depthLimit else { return note("\(path) is left out: files include each other too deep") }
    guard tries <= Self.fileLimit, size < Self.wholeLimit else {
      return note("the configuration has too many files: the rest is left out")
    }
    let text: String
    do throws(SystemError) {
      let content = try root.read(path, limit: Self.sizeLimit)
      if content.isCut { note("\(path) is too large: its end is left out") }
      size += content.bytes.count
      text = String(decoding: content.bytes, as: UTF8.self)
    } catch {
      if !error.errno.isAbsence { denials.append("\(error)") }
      if !isOptional || !error.errno.isAbsence { note("\(error)") }
      return
    }
    files.append(path)
    var number = 0
    var start = 0
    var whole = ""
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      number += 1
      if whole.isEmpty { start = number }
      // A backslash at the end of a line continues it on the next.
      if line.last == "\\" {
        whole += line.dropLast()
        continue
      }
      whole += line
      directive(Self.words(whole), "\(path):\(start)", &host, depth)
      whole = ""
    }
  }

  private mutating func directive(_ words: [String], _ place: String, _ host: inout Host?, _ depth: Int) {
    guard let first = words.first, !first.hasPrefix("#") else { return }
    let values = words.dropFirst().map(expanded)
    switch first.lowercased() {
    case "<virtualhost": host = Host(place: place)
    case "</virtualhost>":
      if let host { hosts.append(host) }
      host = nil
    case "serverroot": folder = values.first ?? folder
    case "define" where values.count > 1: variables[values[0]] = values[1]
    case "include", "includeoptional":
      let isOptional = first.lowercased() == "includeoptional"
      for file in values.first.map({ found(absolute($0)) }) ?? [] {
        read(file, &host, depth: depth + 1, isOptional: isOptional)
      }
    case "servername", "serveralias":
      let names = values.map(Self.name).filter { !$0.isEmpty }
      var isCut = false
      change(&host) { host in
        if host.names.isEmpty { host.place = place }
        guard host.names.count + names.count <= Self.nameLimit else {
          isCut = true
          return
        }
        host.names += names.filter { !host.names.contains($0) }
      }
      if isCut { note("\(place): a host has too many names: some are left out") }
    case "customlog", "transferlog":
      guard let log = values.first, !log.hasPrefix("|"), !log.hasPrefix("syslog:") else { return }
      let path = absolute(log)
      change(&host) { host in if !host.logs.contains(path) { host.logs.append(path) } }
    case "proxypass", "proxypassmatch":
      if let target = values.first(where: { $0.contains("://") }) { change(&host) { $0.targets.append(target) } }
    case "rewriterule":
      guard values.count > 2, values[2].contains("P"), values[1].contains("://") else { return }
      change(&host) { $0.targets.append(values[1]) }
    default: return
    }
  }

  private mutating func change(_ host: inout Host?, _ change: (inout Host) -> Void) {
    guard var own = host else {
      change(&main)
      return
    }
    change(&own)
    host = own
  }

  /// The host name in `text`: `git.example.com` for `https://git.example.com:443`.
  private static func name(_ text: String) -> String {
    let bare = text.split(separator: "/").last.map(String.init) ?? text
    let name = bare.split(separator: ":").first.map(String.init) ?? bare
    return name.lowercased()
  }

  /// The words of a line; quoted text is one word. The bracket at the end of a section's line is removed.
  private static func words(_ line: String) -> [String] {
    var words: [String] = []
    var word = ""
    var quote: Character?
    var isEscaped = false
    for character in line {
      if isEscaped {
        word.append(character)
        isEscaped = false
      } else if character == "\\", quote != nil {
        isEscaped = true
      } else if let open = quote {
        if character == open { quote = nil } else { word.append(character) }
      } else if character == "\"" || character == "'" {
        quote = character
      } else if character.isWhitespace {
        if !word.isEmpty { words.append(word) }
        word = ""
      } else {
        word.append(character)
      }
    }
    if !word.isEmpty { words.append(word) }
    if words.first?.hasPrefix("<") == true, words.count > 1, words[words.count - 1].last == ">" {
      words[words.count - 1].removeLast()
    }
    return words
  }

  /// `text` with the values of `${NAME}`; a name without a value stays as it is.
  private func expanded(_ text: String) -> String {
    var result = ""
    var rest = text[...]
    while let open = rest.firstRange(of: "${"), let close = rest[open.upperBound...].firstIndex(of: "}") {
      result += rest[..<open.lowerBound]
      let name = String(rest[open.upperBound..<close])
      result += variables[name] ?? "${\(name)}"
      rest = rest[rest.index(after: close)...]
    }
    return result + rest
  }

  private func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(folder)/\(path)" }

  /// The files that a pattern of `Include` names: a file, a folder with all below it, or with `*`, `?` and `[…]` in any
  /// part. None if there are too many, because some would be passed over without a word.
  private mutating func found(_ pattern: String) -> [String] {
    var paths = [""]
    for part in pattern.split(separator: "/") {
      guard part.contains(where: { "*?[".contains($0) }) else {
        paths = paths.map { "\($0)/\(part)" }
        continue
      }
      var next: [String] = []
      for folder in paths where next.count <= Self.fileLimit {
        next += names(in: folder).filter { FilePattern(part).matches($0) }.map { "\(folder)/\($0)" }
      }
      guard next.count <= Self.fileLimit, lists < Self.listLimit else {
        note("Include \(pattern) is left out: it names too many files")
        return []
      }
      paths = next
    }
    var result: [String] = []
    for path in paths {
      let below = names(in: path)
      result += below.isEmpty ? [path] : below.map { "\(path)/\($0)" }
    }
    return result
  }

  /// Nothing where there is no such folder: `IncludeOptional` names what may not be there, and a pattern may name a file.
  private mutating func names(in folder: String) -> [String] {
    guard lists < Self.listLimit else { return [] }
    lists += 1
    do throws(SystemError) { return try root.names(in: folder) } catch {
      if !error.errno.isAbsence { note("\(error)") }
      return []
    }
  }

  private mutating func note(_ problem: String) {
    if problems.count < Self.problemLimit, !problems.contains(problem) { problems.append(problem) }
  }
}
