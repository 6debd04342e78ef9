internal import Flows
public import LinuxSystem

/// A running HAProxy: its configuration, and where it can be asked. Read from /proc and its own files.
public struct HAProxyProcess: Sendable {
  public enum Role: Hashable, Sendable {
    /// One process does everything.
    case single
    /// Starts workers and relays nothing itself.
    case master
    /// Works for a master; its pid is in this program's pid namespace.
    case worker(master: Int32)
  }

  /// The pid in this program's pid namespace.
  public let pid: Int32
  /// The pid in the process's own pid namespace.
  public let ownPID: Int32
  public let role: Role
  public let commandLine: HAProxyCommandLine
  /// The configuration. Its paths are those that the process saw at its start, before any `chroot`.
  public let configuration: HAProxyConfiguration
  /// Files that could not be read, and why.
  public let unreadable: [String]
  /// Whether its paths at the start are valid in its mount namespace's root.
  let isRootedInMountNamespace: Bool
  /// Reads its files with its rights. A worker uses its master's.
  let files: HAProxyFiles

  static let fileLimit = 32 << 20
  static let folderLimit = 4096

  /// Reads process `pid`. Throws `noProcess` if it does not exist or is not HAProxy, and `denied` if that can't be
  /// seen.
  public init(reading pid: Int32, from files: ProcessFiles) throws(HAProxyError) {
    let operation = "read haproxy \(pid)"
    let process: Process
    do throws(ProcessError) {
      let reading = try files.reading(pid)
      process = reading.process
      // A process without a command line is a zombie or a kernel thread.
      if process.command == nil, let refusal = reading.unread.first { throw refusal }
    } catch {
      if error.code == .gone { throw HAProxyError(.own(.noProcess), operation, cause: .process(error)) }
      throw HAProxyError(error, operation)
    }
    guard let command = process.command, Self.isHAProxy(name: process.name, executable: process.executable) else {
      throw HAProxyError(.own(.noProcess), operation, cause: "\(process.name) is not haproxy")
    }
    // A process whose parent has ended or is hidden has no master that could be asked.
    let parent = process.parents?.first.flatMap { files.read($0.pid) }
    let master = parent.flatMap { Self.isHAProxy(name: $0.name, executable: $0.executable) ? $0.pid : nil }
    self.pid = pid
    // A worker has dropped its rights and may overwrite its command line, so its master's counts.
    let words = master == nil ? command : parent?.command ?? command
    commandLine = HAProxyCommandLine(words)
    do throws(ProcessError) {
      ownPID = try files.ownPID(of: pid)
      if let master {
        role = .worker(master: master)
      } else {
        let hasWorkers = try Self.children(of: pid, files).contains { files.stat($0)?.name == process.name }
        role = commandLine.isMaster || hasWorkers ? .master : .single
      }
    } catch { throw HAProxyError(error, operation) }
    // A worker changes root and directory; its master does not.
    self.files = HAProxyFiles(pid: master ?? pid, words: words, from: files)
    (configuration, unreadable, isRootedInMountNamespace) = self.files.read()
  }

  /// The current content of one of its configuration files.
  public func content(of file: String) throws -> [UInt8] {
    try files.content(of: file, in: files.root(isEarlier: isRootedInMountNamespace))
  }

  /// The process's children; empty if the kernel does not list them.
  private static func children(of pid: Int32, _ files: ProcessFiles) throws(ProcessError) -> [Int32] {
    do throws(ProcessError) { return try files.children(of: pid) } catch  where error.code == .gone { return [] }
  }

  /// Whether a process of this name and executable is HAProxy.
  public static func isHAProxy(name: String, executable: String?) -> Bool {
    if let executable { return executable.split(separator: "/").last?.hasPrefix("haproxy") ?? false }
    return name.hasPrefix("haproxy")
  }

  /// The workers of a master, including old ones after a reload, as pids in this program's pid namespace; empty for
  /// other roles.
  public func workers(from files: ProcessFiles) throws(HAProxyError) -> [Int32] {
    guard role == .master else { return [] }
    do throws(ProcessError) {
      return try Self.children(of: pid, files).filter { child in
        guard let process = files.read(child) else { return false }
        return Self.isHAProxy(name: process.name, executable: process.executable)
      }
    } catch { throw HAProxyError(error, "list the workers of haproxy \(pid)") }
  }
}
