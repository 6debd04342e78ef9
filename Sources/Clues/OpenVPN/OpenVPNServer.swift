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
    let root = RootFolder(ofProcess: pid, processes: proc)
    if let failure = root.failure { throw OpenVPNError(named: failure, "look at the files of process \(pid)") }
    var (configuration, tree) = (Self.configuration(command, root, pid), root.path)
    // One that has confined itself (chroot) no longer sees where it came from.
    if !configuration.problems.isEmpty {
      do throws(ProcessError) {
        if let before = try RootFolder.beforeChange(ofProcess: pid, processes: proc) {
          let other = Self.configuration(command, before, pid)
          if other.problems.count < configuration.problems.count { (configuration, tree) = (other, before.path) }
        }
      } catch {
        configuration.problems.append(OpenVPNError(error, "look at the files that process \(pid) started with"))
      }
    }
    self.configuration = configuration
    self.tree = tree
  }

  private static func configuration(_ command: [String], _ root: RootFolder, _ pid: Int32) -> OpenVPNConfiguration {
    var folder: String?
    var refusal: SystemError?
    do throws(SystemError) { folder = try root.workingDirectory() } catch { refusal = error }
    var configuration = OpenVPNConfiguration(command: command, workingDirectory: folder) {
      (path) throws(OpenVPNError) in
      do throws(SystemError) {
        return try root.read(path, limit: 1 << 20).bytes
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
