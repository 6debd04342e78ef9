internal import LinuxSystem

/// Reads the configuration files of one process, from the root that it had when it started and with its rights.
struct HAProxyFiles: Sendable {
  let pid: Int32
  /// The command line, beginning with the program's name.
  let words: [String]
  let commandLine: HAProxyCommandLine
  let environment: [String: String]
  let workingDirectory: String
  /// `/` unless the process has changed its root.
  let rootDirectory: String
  /// What could not be read of the process; the usual value is assumed.
  private let refusals: [ProcessError]

  init(pid: Int32, words: [String], from files: ProcessFiles) {
    self.pid = pid
    self.words = words
    commandLine = HAProxyCommandLine(words)
    var refusals: [ProcessError] = []
    func known<Value>(_ usual: Value, _ read: () throws(ProcessError) -> Value) -> Value {
      do throws(ProcessError) { return try read() } catch {
        refusals.append(error)
        return usual
      }
    }
    environment = known([:]) { () throws(ProcessError) in try files.environment(of: pid) }
    workingDirectory = known("/") { () throws(ProcessError) in try files.workingDirectory(of: pid) }
    rootDirectory = known("/") { () throws(ProcessError) in try files.rootDirectory(of: pid) }
    self.refusals = refusals
  }

  /// The configuration, why parts of it could not be read, and whether its paths start at the mount namespace's root.
  func read() -> (HAProxyConfiguration, [String], Bool) {
    guard rootDirectory != "/" else {
      let (configuration, problems) = read(in: root(isEarlier: false), "its root")
      return (configuration, problems, false)
    }
    // If the files say so, it changed its root after reading them; otherwise it was started in that root.
    let (before, problems) = read(in: root(isEarlier: true), "its mount namespace")
    let said = before.chroot.map { $0.hasSuffix("/") && $0 != "/" ? String($0.dropLast()) : $0 }
    if problems.isEmpty, said == rootDirectory { return (before, problems, true) }
    let (now, newProblems) = read(in: root(isEarlier: false), "its root")
    return newProblems.isEmpty || now.files.count > before.files.count
      ? (now, newProblems, false) : (before, problems, true)
  }

  private func read(in root: RootFolder, _ name: String) -> (HAProxyConfiguration, [String]) {
    var reader = HAProxyConfigurationReader(environment: environment)
    // If the root may not be entered, no other problem matters.
    var problems = root.failure.map { ["\(name): \($0)"] } ?? refusals.map { "\($0)" }
    for path in root.failure == nil ? commandLine.configurations.map(absolute) : [] {
      do throws(SystemError) {
        for file in try files(at: path, in: root) {
          reader.read(try content(of: file, in: root), file: file)
        }
      } catch {
        problems.append("\(error)")
      }
    }
    if commandLine.configurations.isEmpty { problems.append("its command line names no configuration") }
    return (reader.finish(), problems)
  }

  /// The process's root folder, or the one from before it changed its root.
  func root(isEarlier: Bool) -> RootFolder {
    isEarlier
      ? RootFolder(ofMountNamespaceOf: pid, command: words) : RootFolder(ofProcess: pid, command: words)
  }

  /// The content of a configuration file. The process must be allowed to read it, or must have read it as root before
  /// it dropped its rights; that is assumed if the file names a listener that root created.
  func content(of file: String, in root: RootFolder) throws(SystemError) -> [UInt8] {
    do throws(SystemError) {
      return try root.read(file, limit: HAProxyProcess.fileLimit).bytes
    } catch {
      // If that does not help either, the first error gives the reason.
      guard error.errno.isDenial, let content = try? root.readOfRoot(file, limit: HAProxyProcess.fileLimit).bytes
      else { throw error }
      var reader = HAProxyConfigurationReader(environment: environment)
      reader.read(content, file: file)
      guard reader.finish().hasListener(of: SocketsOfRoot(of: pid)) else { throw error }
      return content
    }
  }

  /// The file itself, or the `*.cfg` files of a folder sorted by name.
  private func files(at path: String, in root: RootFolder) throws(SystemError) -> [String] {
    let names: [String]
    do throws(SystemError) { names = try root.names(in: path) } catch
      where error.errno.isAbsence || error.errno.isDenial
    {
      // It is a file, or nothing, or may not be examined, which reading will report.
      return [path]
    }
    let folder = path.hasSuffix("/") ? path : path + "/"
    return names.filter { $0.hasSuffix(".cfg") && !$0.hasPrefix(".") }.prefix(HAProxyProcess.folderLimit)
      .map { folder + $0 }
  }

  private func absolute(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    guard let directory = commandLine.directory else { return join(workingDirectory, path) }
    return join(directory.hasPrefix("/") ? directory : join(workingDirectory, directory), path)
  }

  private func join(_ folder: String, _ name: String) -> String {
    let name = name.hasPrefix("./") ? name.dropFirst(2) : name[...]
    return folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
  }
}

extension HAProxyConfiguration {
  /// Whether the configuration has one of the listening `sockets`.
  fileprivate func hasListener(of sockets: SocketsOfRoot) -> Bool {
    let addresses = sections.flatMap(\.binds).map(\.address) + statsSockets.map(\.address)
    return addresses.contains { address in
      if case .unix(let path) = address.host { return sockets.paths.contains(path) }
      guard case .range(let ports) = address.ports else { return false }
      return sockets.tcp.contains { ports.contains($0) }
    }
  }
}
