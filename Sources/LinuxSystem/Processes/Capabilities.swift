internal import CLinux

/// Linux capabilities by their bit number (include/uapi/linux/capability.h), as capabilities(7) explains them.
public struct Capabilities: OptionSet, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: UInt64
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  public static let CAP_DAC_READ_SEARCH = Capabilities(rawValue: 1 << 2)
  public static let CAP_NET_ADMIN = Capabilities(rawValue: 1 << 12)
  public static let CAP_NET_RAW = Capabilities(rawValue: 1 << 13)
  public static let CAP_SYS_PTRACE = Capabilities(rawValue: 1 << 19)
  public static let CAP_SYS_ADMIN = Capabilities(rawValue: 1 << 21)
  public static let CAP_SYS_RESOURCE = Capabilities(rawValue: 1 << 24)
  public static let CAP_SYSLOG = Capabilities(rawValue: 1 << 34)
  public static let CAP_PERFMON = Capabilities(rawValue: 1 << 38)
  public static let CAP_BPF = Capabilities(rawValue: 1 << 39)

  /// The current effective capabilities of this process, with those that one of them includes (capabilities(7)). Shell
  /// counterpart: `grep CapEff /proc/self/status`.
  public static func effective() -> Capabilities {
    let own = Capabilities(rawValue: hw_effective_capabilities())
    return own.contains(.CAP_SYS_ADMIN) ? own.union([.CAP_BPF, .CAP_PERFMON]) : own
  }

  private static let names: [(Capabilities, String)] = [
    (.CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH"), (.CAP_NET_ADMIN, "CAP_NET_ADMIN"), (.CAP_NET_RAW, "CAP_NET_RAW"),
    (.CAP_SYS_PTRACE, "CAP_SYS_PTRACE"), (.CAP_SYS_ADMIN, "CAP_SYS_ADMIN"), (.CAP_SYS_RESOURCE, "CAP_SYS_RESOURCE"),
    (.CAP_SYSLOG, "CAP_SYSLOG"), (.CAP_PERFMON, "CAP_PERFMON"), (.CAP_BPF, "CAP_BPF"),
  ]

  /// The end of a sentence about a refusal, if these capabilities are needed: ` (CAP_NET_ADMIN)` names those that this
  /// program lacks. If it lacks none, something else refuses (seccomp, a security module, another user namespace), and
  /// only the kernel's own words are known: `: Permission denied`.
  public func refusal(_ cause: some CustomStringConvertible) -> String {
    let lacking = subtracting(.effective())
    return lacking.isEmpty ? ": \(cause)" : " (\(lacking))"
  }

  /// The same, if these are the capabilities that were found to be missing.
  func denial(_ errno: Errno?) -> String {
    guard isEmpty else { return " (\(self))" }
    return ": \(errno.map { "\($0)" } ?? "the kernel refused")"
  }

  /// The names of those capabilities that Headwater may need. `missing.description` is what to ask for.
  public var description: String {
    Self.names.filter { contains($0.0) }.map(\.1).joined(separator: ", ")
  }
}
