public import Flows
public import LinuxSystem

/// How an nginx was started: its configuration file, and the folder for relative paths.
public struct NginxInvocation: Hashable, Sendable {
  /// The argument of `-c`, as written.
  public var configurationFile: String?
  /// The argument of `-p`, as written.
  public var prefix: String?
  /// The argument of `-g`: directives in front of those in the file.
  public var directives: String?
  /// The executable's path: `/usr/sbin/nginx`. The built-in paths depend on where nginx was installed.
  public var executable: String?
  /// The folder for a relative `-p`, and through it for `-c`; `/` if it isn't known.
  public var workingDirectory = "/"
  /// The process (master or worker) whose command line this is; its files are read with its rights. Nil for texts that
  /// are not from a process.
  public var pid: Int32?
  /// The command line.
  var command: [String] = []

  public init(configurationFile: String? = nil, prefix: String? = nil, directives: String? = nil) {
    self.configurationFile = configurationFile
    self.prefix = prefix
    self.directives = directives
  }

  /// From an nginx process and, for a worker (whose title has no options), its parent, the master. Nil if neither is
  /// nginx.
  public init?(process: Process, parent: Process? = nil) {
    let processes = [process, parent].compactMap { $0 }.filter(Self.isNginx)
    guard let first = processes.first else { return nil }
    // A worker's title has no options. If it has, they are the worker's own and not trusted as its master's.
    let speaker = processes.first { $0.command.map { Self.options($0) != nil } ?? false } ?? processes.last ?? first
    let command = speaker.command ?? []
    self.init(options: Self.options(command) ?? [], areFromTitle: command.first?.hasPrefix("nginx: ") == true)
    executable = first.executable
    pid = speaker.pid
    self.command = command
  }

  /// Whether the process's program is nginx, whatever its title is.
  public static func isNginx(_ process: Process) -> Bool {
    let file = process.executable?.split(separator: "/").last
    return file == "nginx" || file == "nginx-debug" || file == "openresty" || file == "angie" || file == "freenginx"
      || (file == nil && process.name == "nginx")
  }

  /// The words behind the program's name; nil for a worker's title. The master writes all its arguments into its title,
  /// separated by spaces, so an argument with spaces is split: `nginx: master process nginx -g daemon off;`.
  static func options(_ command: [String]) -> [String]? {
    guard let first = command.first else { return nil }
    guard first.hasPrefix("nginx: ") else { return Array(command.dropFirst()) }
    let title = "nginx: master process "
    guard first.hasPrefix(title) else { return nil }
    return first.dropFirst(title.count).split(separator: " ").dropFirst().map(String.init)
  }

  /// Reads options as `ngx_get_options` does (nginx, src/core/nginx.c): `-c FILE`, `-cFILE`, `-tc FILE`.
  private init(options: [String], areFromTitle: Bool) {
    var index = 0
    while index < options.count {
      let option = options[index]
      index += 1
      guard option.hasPrefix("-") else { continue }
      guard let letter = option.dropFirst().firstIndex(where: { "cpges".contains($0) }) else { continue }
      var words: [String] = [String(option[option.index(after: letter)...])].filter { !$0.isEmpty }
      if words.isEmpty, index < options.count {
        words.append(options[index])
        index += 1
      }
      // Directives contain spaces, and a title does not show where they end: in front of an option, and after `;` or
      // `}`.
      while areFromTitle, option[letter] == "g", index < options.count,
        !(options[index].hasPrefix("-") && words.last.map { $0.hasSuffix(";") || $0.hasSuffix("}") } ?? false)
      {
        words.append(options[index])
        index += 1
      }
      let value = words.joined(separator: " ")
      switch option[letter] {
      case "c": configurationFile = value
      case "p": prefix = value
      case "g": directives = value
      default: break
      }
    }
  }

  /// The built-in prefix and configuration file, from the layouts of Debian, of nginx.org's packages and images (both
  /// /etc/nginx/nginx.conf), of OpenResty, of Nginx Proxy Manager and of nginx's own `make install`.
  var builtIn: (prefix: String, file: String) {
    let executable = executable ?? ""
    for home in ["/usr/local/openresty/nginx", "/usr/local/nginx", "/opt/nginx"]
    where executable.hasPrefix(home + "/") { return (home, home + "/conf/nginx.conf") }
    if executable.hasPrefix("/usr/local/openresty/") {
      return ("/usr/local/openresty/nginx", "/usr/local/openresty/nginx/conf/nginx.conf")
    }
    return ("/etc/nginx", "/etc/nginx/nginx.conf")
  }

  /// The folder to which logs and other files with relative names are relative.
  public var resolvedPrefix: String { prefix.map { Self.path($0, in: workingDirectory) } ?? builtIn.prefix }

  /// The absolute path of the configuration file. `-c` is relative to the prefix.
  public var resolvedFile: String {
    if let configurationFile { return Self.path(configurationFile, in: resolvedPrefix) }
    let builtIn = builtIn
    guard prefix != nil, builtIn.file.hasSuffix("/conf/nginx.conf") else { return builtIn.file }
    return Self.path("conf/nginx.conf", in: resolvedPrefix)
  }

  /// `path` itself, or the path in `folder` if it is relative.
  static func path(_ path: String, in folder: String) -> String {
    if path.hasPrefix("/") { return path }
    return folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
  }
}

extension NginxInvocation {
  /// The invocation of process `pid` (a master or one of its workers); nil if it is no nginx or has ended.
  ///
  /// - Throws: `ProcessError` if what determines its configuration may not be read.
  public init?(of pid: Int32, in processes: ProcessFiles = ProcessFiles()) throws(ProcessError) {
    guard let process = try Self.process(pid, processes) else { return nil }
    let parent = process.parents?.first?.pid
    self.init(
      process: process, parent: try parent.flatMap { (pid) throws(ProcessError) in try Self.process(pid, processes) })
    // Nothing else is relative to it.
    if [prefix, configurationFile].contains(where: { $0?.hasPrefix("/") == false }) {
      workingDirectory = try processes.workingDirectory(of: self.pid ?? pid)
    }
  }

  private static func process(_ pid: Int32, _ processes: ProcessFiles) throws(ProcessError) -> Process? {
    do throws(ProcessError) { return try processes.process(pid) } catch  where error.code == .gone { return nil }
  }

  /// The root folder of the process whose command line this is, with its rights.
  public func root(in processes: ProcessFiles = ProcessFiles()) -> RootFolder {
    guard let pid else { return .own }
    return RootFolder(ofProcess: pid, processes: processes.root, command: command)
  }
}
