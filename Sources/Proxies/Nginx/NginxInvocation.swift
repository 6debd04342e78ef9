public import Flows
public import LinuxSystem

/// How an nginx was started: which configuration it reads, and what relative paths are relative to.
public struct NginxInvocation: Hashable, Sendable {
  /// `-c`, as it was given.
  public var configurationFile: String?
  /// `-p`, as it was given.
  public var prefix: String?
  /// `-g`: directives before those of the file.
  public var directives: String?
  /// `/usr/sbin/nginx`; the places built into the program depend on where it was installed.
  public var executable: String?
  /// What `-p` and through it `-c` are relative to if they are; `/` where it isn't known.
  public var workingDirectory = "/"
  /// Whose words these are, the master's or the worker's own: its files are read with its rights. Nil for made-up ones.
  public var pid: Int32?
  /// Those words.
  var command: [String] = []

  public init(configurationFile: String? = nil, prefix: String? = nil, directives: String? = nil) {
    self.configurationFile = configurationFile
    self.prefix = prefix
    self.directives = directives
  }

  /// From a process of nginx and, for a worker, whose title has no options, its parent, the master. Nil if neither is
  /// nginx.
  public init?(process: Process, parent: Process? = nil) {
    let processes = [process, parent].compactMap { $0 }.filter(Self.isNginx)
    guard let first = processes.first else { return nil }
    // A worker's title has no options. If it has, they are its own, and its master does not vouch for them.
    let speaker = processes.first { $0.command.map { Self.options($0) != nil } ?? false } ?? processes.last ?? first
    let command = speaker.command ?? []
    self.init(options: Self.options(command) ?? [], areFromTitle: command.first?.hasPrefix("nginx: ") == true)
    executable = first.executable
    pid = speaker.pid
    self.command = command
  }

  /// Whether this is the program nginx, whatever its title says.
  public static func isNginx(_ process: Process) -> Bool {
    let file = process.executable?.split(separator: "/").last
    return file == "nginx" || file == "nginx-debug" || file == "openresty" || file == "angie" || file == "freenginx"
      || (file == nil && process.name == "nginx")
  }

  /// The words behind the program's name; nil for a worker's title. The master writes all its arguments into its title,
  /// separated by spaces, so an argument with spaces falls apart: `nginx: master process nginx -g daemon off;`.
  static func options(_ command: [String]) -> [String]? {
    guard let first = command.first else { return nil }
    guard first.hasPrefix("nginx: ") else { return Array(command.dropFirst()) }
    let title = "nginx: master process "
    guard first.hasPrefix(title) else { return nil }
    return first.dropFirst(title.count).split(separator: " ").dropFirst().map(String.init)
  }

  /// As `ngx_get_options` reads them (nginx, src/core/nginx.c): `-c FILE`, `-cFILE`, `-tc FILE`.
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
      // Directives have spaces, and a title no longer says where they end: before an option, and with `;` or `}`.
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

  /// Where the program was built to look: prefix and configuration file. From the layouts of Debian, of nginx.org's
  /// packages and images (both /etc/nginx/nginx.conf), of OpenResty, of Nginx Proxy Manager and of nginx's own
  /// `make install`.
  var builtIn: (prefix: String, file: String) {
    let executable = executable ?? ""
    for home in ["/usr/local/openresty/nginx", "/usr/local/nginx", "/opt/nginx"]
    where executable.hasPrefix(home + "/") { return (home, home + "/conf/nginx.conf") }
    if executable.hasPrefix("/usr/local/openresty/") {
      return ("/usr/local/openresty/nginx", "/usr/local/openresty/nginx/conf/nginx.conf")
    }
    return ("/etc/nginx", "/etc/nginx/nginx.conf")
  }

  /// What logs and other files with relative names are relative to.
  public var resolvedPrefix: String { prefix.map { Self.path($0, in: workingDirectory) } ?? builtIn.prefix }

  /// The configuration file, absolute. `-c` is relative to the prefix.
  public var resolvedFile: String {
    if let configurationFile { return Self.path(configurationFile, in: resolvedPrefix) }
    let builtIn = builtIn
    guard prefix != nil, builtIn.file.hasSuffix("/conf/nginx.conf") else { return builtIn.file }
    return Self.path("conf/nginx.conf", in: resolvedPrefix)
  }

  /// `path`, or the path in `folder` if it is relative.
  static func path(_ path: String, in folder: String) -> String {
    if path.hasPrefix("/") { return path }
    return folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
  }
}

extension NginxInvocation {
  /// The invocation of process `pid`, a master or one of its workers, or nil if it is no nginx or has ended.
  ///
  /// - Throws: if what decides where its configuration is may not be read.
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

  /// What the process whose words these are takes for `/`, with its rights.
  public func root(in processes: ProcessFiles = ProcessFiles()) -> RootFolder {
    guard let pid else { return .own }
    return RootFolder(ofProcess: pid, processes: processes.root, command: command)
  }
}
