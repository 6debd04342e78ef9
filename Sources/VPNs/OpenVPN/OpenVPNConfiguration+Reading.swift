internal import LinuxSystem
public import Programs

extension OpenVPNConfiguration {
  /// How deep files may name each other with `config`; OpenVPN stops after ten.
  private static let depthLimit = 10
  private static let fileLimit = 64
  private static let sizeLimit = 4 << 20

  /// Reads `command` (beginning with the program's name) and the files that it names.
  ///
  /// A file that can't be read becomes one of `problems`; the rest is read.
  public init(
    command: [String], workingDirectory: String?, read: (_ path: String) throws(OpenVPNError) -> [UInt8]
  ) {
    self.init()
    let given = OpenVPNOptionText.options(inCommand: command)
    folder = Self.start(given.map(\.words), workingDirectory)
    var budget = (files: Self.fileLimit, bytes: Self.sizeLimit)
    for option in given {
      take(option.words, ConfigurationLine(file: nil, line: option.argument), depth: 0, &budget, read)
    }
  }

  /// The folder in which relative paths start. The process's current folder is the one after every `cd`, so if the
  /// first `cd` is relative, its path is removed from the current folder.
  private static func start(_ options: [[String]], _ current: String?) -> String? {
    guard let current, let first = options.first(where: { $0[0] == "cd" && $0.count == 2 })?[1],
      !first.hasPrefix("/"), !first.split(separator: "/").contains("..")
    else { return current }
    let parts = first.split(separator: "/").filter { $0 != "." }
    let folders = current.split(separator: "/")
    guard !parts.isEmpty, folders.suffix(parts.count).elementsEqual(parts) else { return current }
    return "/" + folders.dropLast(parts.count).joined(separator: "/")
  }

  private mutating func take(
    _ words: [String], _ place: ConfigurationLine, depth: Int, _ budget: inout (files: Int, bytes: Int),
    _ read: (_ path: String) throws(OpenVPNError) -> [UInt8]
  ) {
    let name = words[0]
    switch name {
    case "cd" where words.count == 2: folder = Self.join(folder, words[1])
    case "config" where words.count == 2: include(words[1], place, depth: depth + 1, &budget, read)
    case _ where OpenVPNOption.wanted.contains(name):
      let option = OpenVPNOption(name: name, arguments: Array(words.dropFirst()), place: place)
      if name == "remote" {
        if remotes.count < 64 { remotes.append(option) }
      } else {
        options[name] = option
      }
    default: break
    }
  }

  private mutating func include(
    _ name: String, _ place: ConfigurationLine, depth: Int, _ budget: inout (files: Int, bytes: Int),
    _ read: (_ path: String) throws(OpenVPNError) -> [UInt8]
  ) {
    let path = absolute(name)
    let operation = "read OpenVPN's configuration \(path), named at \(place)"
    guard depth <= Self.depthLimit, budget.files > 0, budget.bytes > 0 else {
      if problems.last?.code != .excessive { problems.append(OpenVPNError(.excessive, operation)) }
      return
    }
    if name == "stdin" || name == "/dev/stdin" {
      problems.append(
        OpenVPNError(.unsupported, operation, cause: "it was read from standard input and is not stored anywhere"))
      return
    }
    budget.files -= 1
    let content: [UInt8]
    do throws(OpenVPNError) {
      content = try read(path)
    } catch {
      problems.append(OpenVPNError(error.code, operation, cause: error.cause))
      return
    }
    budget.bytes -= content.count
    files.append(path)
    // Collected first, because an included file may change `self` while this one is being read.
    var found: [(words: [String], line: Int)] = []
    OpenVPNOptionText.options(in: content) { words, line in
      if words[0] == "cd" || words[0] == "config" || OpenVPNOption.wanted.contains(words[0]) {
        found.append((words, line))
      }
    }
    for option in found {
      take(option.words, ConfigurationLine(file: path, line: option.line), depth: depth, &budget, read)
    }
  }
}
