internal import LinuxSystem

/// Reads the configuration files of one process from the root it had when it started.
struct HAProxyFiles {
  let pid: Int32
  let commandLine: HAProxyCommandLine
  let environment: [String: String]
  let workingDirectory: String
  /// `/` unless it changed its root.
  let rootDirectory: String

  init(pid: Int32, commandLine: HAProxyCommandLine, from files: ProcessFiles) {
    self.pid = pid
    self.commandLine = commandLine
    environment = files.environment(pid) ?? [:]
    workingDirectory = files.workingDirectory(pid) ?? "/"
    rootDirectory = files.rootDirectory(pid) ?? "/"
  }

  /// The configuration, why parts of it could not be read, and whether it comes from the mount namespace's root.
  func read() -> (HAProxyConfiguration, [String], Bool) {
    guard rootDirectory != "/" else {
      let (configuration, problems) = read(in: RootFolder(ofProcess: pid), "its root")
      return (configuration, problems, false)
    }
    // It changed its root after it had read its files, if these say so; else it was started in that root.
    let (before, problems) = read(in: RootFolder(ofMountNamespaceOf: pid), "its mount namespace")
    let said = before.chroot.map { $0.hasSuffix("/") && $0 != "/" ? String($0.dropLast()) : $0 }
    if problems.isEmpty, said == rootDirectory { return (before, problems, true) }
    let (now, newProblems) = read(in: RootFolder(ofProcess: pid), "its root")
    return newProblems.isEmpty || now.files.count > before.files.count
      ? (now, newProblems, false) : (before, problems, true)
  }

  private func read(in root: RootFolder, _ name: String) -> (HAProxyConfiguration, [String]) {
    var reader = HAProxyConfigurationReader(environment: environment)
    var problems = root.failure.map { ["\(name): \($0)"] } ?? []
    for path in root.failure == nil ? commandLine.configurations.map(absolute) : [] {
      do throws(SystemError) {
        for file in files(at: path, in: root) {
          reader.read(try root.read(file, limit: HAProxyProcess.fileLimit).bytes, file: file)
        }
      } catch {
        problems.append("\(error)")
      }
    }
    if commandLine.configurations.isEmpty { problems.append("its command line names no configuration") }
    return (reader.finish(), problems)
  }

  /// A file itself, or the `*.cfg` of a folder in the order of their names.
  private func files(at path: String, in root: RootFolder) -> [String] {
    guard let names = try? root.names(in: path) else { return [path] }
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
