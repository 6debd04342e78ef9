/// Something about a process that could not be read. It distinguishes a process that is gone from one that may not be
/// examined.
public struct ProcessError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: Hashable, Sendable {
    /// The process has ended, or never had the item (a zombie has no namespaces).
    case gone
    /// Ptrace access to the process is needed (ptrace(2)): as its user, or with CAP_SYS_PTRACE. Some files also need
    /// the right to read others' files. A process that /proc hides (`hidepid=2`) is denied, too.
    case denied
    /// The kernel could not answer: too many open files, no memory, ….
    case failed
    /// The content does not have the kernel's form.
    case malformed
  }

  public let code: Code
  public let pid: Int32
  /// What was to be read: `network namespace`.
  public let subject: String
  /// The call that failed; nil if the content is wrong.
  public let cause: SystemError?
  /// Why /proc does not show the process, although it lives; nil if it does.
  public let hiding: HiddenProcesses?
  /// The capabilities whose lack may be the reason for a denial; empty if this program has all that are needed.
  let lacking: Capabilities

  /// - Parameters:
  ///   - code: nil uses the code that `cause` stands for.
  ///   - needed: the capabilities that reading others' needs.
  ///   - hiding: why /proc does not show the process, although it lives.
  init(
    _ subject: String, of pid: Int32, _ code: Code? = nil, cause: SystemError? = nil,
    needing needed: Capabilities = .CAP_SYS_PTRACE, hiddenBy hiding: HiddenProcesses? = nil
  ) {
    self.code = hiding != nil ? .denied : code ?? cause.map { Self.code(of: $0.errno) } ?? .malformed
    self.pid = pid
    self.subject = subject
    self.cause = cause
    self.hiding = hiding
    lacking = self.code == .denied ? needed.subtracting(.effective()) : []
  }

  private static func code(of errno: Errno) -> Code {
    if errno.isAbsence { return .gone }
    return errno.isDenial ? .denied : .failed
  }

  /// `the network namespace of process 55 cannot be read (CAP_SYS_PTRACE)`; the kernel's own words if no capability is
  /// missing.
  public var description: String {
    let what = "the \(subject) of process \(pid)"
    if let hiding { return "process \(pid) is hidden\(hiding.detail)" }
    return switch code {
    case .gone: "process \(pid) has ended, or has no \(subject)"
    case .denied: "\(what) cannot be read\(lacking.denial(cause?.errno))"
    case .failed: "\(what) cannot be read: \(cause.map { "\($0.errno)" } ?? "the kernel refused")"
    case .malformed: "\(what) is not as the kernel writes it"
    }
  }
}
