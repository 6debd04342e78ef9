internal import LinuxSystem

/// An OpenVPN process that holds a tun or tap device, and what it can tell of its clients.
///
/// Read with its own eyes: files below `/proc/PID/root`, sockets in its network namespace. The order of what is believed:
/// a fresh status file; the management interface; a stale or torn status file; the files that say who is given which
/// address, which know nothing of who is connected.
public struct OpenVPNServer: Sendable {
  public let pid: Int32
  public let configuration: OpenVPNConfiguration
  /// `/proc`
  let proc: String
  /// `/proc/PID/ns/net`; nil for our own namespace.
  let networkNamespace: String?
  /// The tree the process started in: relevant names are resolved there. `/proc/811/root`.
  let tree: String
  let workingDirectory: String?

  /// Whether a process is OpenVPN's, by its executable or the first word of its command line.
  public static func matches(command: [String], executable: String?) -> Bool {
    [executable, command.first].compactMap { $0?.split(separator: "/").last }.contains { $0.hasPrefix("openvpn") }
  }

  /// Reads the configuration of process `pid`, whose command line is `command` (with the program's name).
  ///
  /// `networkNamespace` is a path, `/proc/PID/ns/net` unless another is given. Throws `denied` without ptrace access to
  /// the process, `absent` if it ended. Configuration files that can't be read are in `configuration.problems`.
  public init(
    pid: Int32, command: [String], networkNamespace: String? = nil, proc: String = "/proc"
  ) throws(OpenVPNError) {
    self.pid = pid
    self.proc = proc
    self.networkNamespace = networkNamespace ?? "\(proc)/\(pid)/ns/net"
    do throws(SystemError) {
      let root = try ProcessRoot(pid: pid, proc: proc)
      var configuration = Self.configuration(command, root)
      var (tree, folder) = (root.path, root.workingDirectory)
      // One that has confined itself (chroot) no longer sees where it came from.
      if !configuration.problems.isEmpty, let before = ProcessRoot.beforeConfinement(pid: pid, proc: proc) {
        let other = Self.configuration(command, before)
        if other.problems.count < configuration.problems.count {
          configuration = other
          (tree, folder) = (before.path, before.workingDirectory)
        }
      }
      self.configuration = configuration
      self.tree = tree
      workingDirectory = folder
    } catch {
      throw OpenVPNError(error, "look at the files of process \(pid)")
    }
  }

  private static func configuration(_ command: [String], _ root: borrowing ProcessRoot) -> OpenVPNConfiguration {
    // Read first, since a closure can't borrow the root: the files are few.
    var known: [String: Result<[UInt8], OpenVPNError>] = [:]
    while true {
      var wanted: String?
      let configuration = OpenVPNConfiguration(command: command, workingDirectory: root.workingDirectory) {
        (path) throws(OpenVPNError) in
        if let result = known[path] { return try result.get() }
        if wanted == nil { wanted = path }
        return []
      }
      guard let wanted else { return configuration }
      do throws(SystemError) {
        known[wanted] = .success(try root.read(wanted, limit: 1 << 20).content)
      } catch {
        known[wanted] = .failure(OpenVPNError(error, "read \(wanted)"))
      }
    }
  }
}
