internal import LinuxSystem

/// An OpenVPN process that holds a tun or tap device, and what it reports about its clients.
///
/// It is read with the process's own view and rights: files below `/proc/PID/root`, sockets in its network namespace.
/// Sources in order of preference: a fresh status file; the management interface; an outdated or incomplete status
/// file; the files that plan addresses, which do not show who is connected.
public struct OpenVPNServer: Sendable {
  public let pid: Int32
  public let configuration: OpenVPNConfiguration
  /// The path of `/proc`.
  let proc: String
  /// `/proc/PID/ns/net`; nil for the caller's own namespace.
  let networkNamespace: String?
  /// The root folder in which the process started, such as `/proc/811/root`; its paths are resolved there.
  let tree: String
  /// Whether the process has changed its root since.
  private let isTreeEarlier: Bool
  /// The command line when the configuration was read, if it is the process's own.
  private let words: [String]?

  /// Whether a process is OpenVPN, by its executable or else by the first word of its command line.
  ///
  /// Any process can set its command line, so that counts only if the executable is not known.
  public static func matches(command: [String], executable: String?) -> Bool {
    (executable ?? command.first)?.split(separator: "/").last?.hasPrefix("openvpn") ?? false
  }

  /// Reads the configuration of process `pid`. Throws `denied` without ptrace access to the process, and `absent` if it
  /// ended. Configuration files that can't be read are in `configuration.problems`.
  ///
  /// - Parameters:
  ///   - command: the command line to use (beginning with the program's name); nil for the process's own.
  ///   - networkNamespace: a path; `/proc/PID/ns/net` by default.
  public init(
    pid: Int32, command: [String]? = nil, networkNamespace: String? = nil, proc: String = "/proc"
  ) throws(OpenVPNError) {
    self.pid = pid
    self.proc = proc
    self.networkNamespace = networkNamespace ?? "\(proc)/\(pid)/ns/net"
    let root = RootFolder(ofProcess: pid, processes: proc)
    if let failure = root.failure { throw OpenVPNError(named: failure, "read the files of process \(pid)") }
    let words = command ?? root.rights?.command ?? []
    self.words = command == nil ? words : nil
    var (configuration, tree, isEarlier) = (Self.configuration(words, root, pid), root.path, false)
    // After a chroot the process does not see its earlier root.
    if !configuration.problems.isEmpty {
      do throws(ProcessError) {
        if let before = try RootFolder.beforeChange(ofProcess: pid, processes: proc, command: self.words) {
          let other = Self.configuration(words, before, pid)
          if other.problems.count < configuration.problems.count {
            (configuration, tree, isEarlier) = (other, before.path, true)
          }
        }
      } catch {
        configuration.problems.append(OpenVPNError(error, "look at the files that process \(pid) started with"))
      }
    }
    self.configuration = configuration
    self.tree = tree
    isTreeEarlier = isEarlier
  }

  /// Opens the process's root, for each question again: while it is open, a container's file system can't be unmounted.
  func root() throws(OpenVPNError) -> RootFolder {
    let operation = "read the files of process \(pid)"
    var root: RootFolder?
    if isTreeEarlier {
      do throws(ProcessError) {
        root = try RootFolder.beforeChange(ofProcess: pid, processes: proc, command: words)
      } catch { throw OpenVPNError(error, operation) }
    } else {
      root = RootFolder(ofProcess: pid, processes: proc, command: words)
    }
    guard let root else { throw OpenVPNError(.absent, operation, cause: "it has ended") }
    if let failure = root.failure { throw OpenVPNError(named: failure, operation) }
    return root
  }

  /// The current content of one of its configuration files.
  public func content(of file: String) throws -> [UInt8] { try Self.content(of: file, in: root()) }

  /// The content of a configuration file. The process must be allowed to read it, or must have read it as root before
  /// it dropped its rights (`user nobody`); that is assumed if the process holds what root creates according to the
  /// file.
  private static func content(of file: String, in root: RootFolder) throws(SystemError) -> [UInt8] {
    do throws(SystemError) {
      return try root.read(file, limit: 1 << 20).bytes
    } catch {
      guard error.errno.isDenial, let pid = root.rights?.pid,
        // If that does not help either, the first error gives the reason.
        let content = try? root.readOfRoot(file, limit: 1 << 20).bytes
      else { throw error }
      let alone = OpenVPNConfiguration(command: ["openvpn", file], workingDirectory: "/") {
        (path) throws(OpenVPNError) in
        guard path == file else { throw OpenVPNError(.absent, "read \(path)") }
        return content
      }
      guard alone.wasStartedByRoot(as: pid) else { throw error }
      return content
    }
  }

  private static func configuration(_ command: [String], _ root: RootFolder, _ pid: Int32) -> OpenVPNConfiguration {
    var folder: String?
    var refusal: SystemError?
    do throws(SystemError) { folder = try root.workingDirectory() } catch { refusal = error }
    var configuration = OpenVPNConfiguration(command: command, workingDirectory: folder) {
      (path) throws(OpenVPNError) in
      do throws(SystemError) {
        return try content(of: path, in: root)
      } catch {
        throw OpenVPNError(named: error, "read \(path)")
      }
    }
    if let refusal {
      configuration.problems.append(OpenVPNError(named: refusal, "find the working directory of process \(pid)"))
    }
    return configuration
  }
}

extension OpenVPNConfiguration {
  /// Whether process `pid` holds what root creates when it starts with this configuration: a socket of root's at its
  /// port; for a client, whose port is not known in advance, any socket of root's and a tunnel device with the
  /// configured name.
  fileprivate func wasStartedByRoot(as pid: Int32) -> Bool {
    guard !options.isEmpty else { return false }
    let sockets = SocketsOfRoot(of: pid)
    if let port {
      // Without a port, it may be any file.
      guard role == .server || options["port"] != nil || options["lport"] != nil else { return false }
      return sockets.udp.contains(port) || sockets.tcp.contains(port)
    }
    guard sockets.hasInternet, let device, !remotes.isEmpty else { return false }
    return ProcessFiles().tunnelDevices(pid).contains { $0 == device || ($0.hasPrefix(device) && device.count == 3) }
  }
}
