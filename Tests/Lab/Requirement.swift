import Foundation
import Glibc
public import Testing

/// Something a test needs from the machine it runs on.
public enum Requirement: Sendable, CustomStringConvertible {
  case root
  /// A program in the lab's PATH.
  case program(String)
  /// A program that this build makes.
  case built(String)
  case cgroup2
  /// A kernel with `tc qdisc … netem`.
  case netem
  /// A file, such as `/dev/net/tun`.
  case file(String)

  /// What a test host needs.
  public static let host: [Requirement] = [.root] + ["unshare", "nsenter", "ip", "python3"].map { .program($0) }
  /// What a Docker host needs.
  public static let docker: [Requirement] = host + ["dockerd", "docker", "containerd", "iptables"].map { .program($0) }

  public var description: String {
    switch self {
    case .root: "root"
    case .program(let name): "program \(name)"
    case .built(let name): "built executable \(name)"
    case .cgroup2: "a cgroup v2 hierarchy"
    case .netem: "kernel with netem"
    case .file(let path): path
    }
  }

  public var isMet: Bool {
    switch self {
    case .root: geteuid() == 0
    case .program(let name): Command.searchPath.split(separator: ":").contains { access("\($0)/\(name)", X_OK) == 0 }
    case .built(let name): access(Executables.path(name), X_OK) == 0
    case .cgroup2: CgroupHierarchy.all.contains { $0.type == "cgroup2" }
    case .netem: Self.kernelHasNetem
    case .file(let path): access(path, F_OK) == 0
    }
  }

  /// Tried, in a host of its own, rather than looked up.
  private static let kernelHasNetem: Bool = {
    guard host.allSatisfy(\.isMet), let host = try? TestHost("netem") else { return false }
    return (try? host.run(["tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"]).status) == 0
  }()
}

extension Trait where Self == ConditionTrait {
  /// Skips the test where something it needs is missing, and says what.
  public static func requires(_ needs: [Requirement]...) -> Self {
    let missing = needs.flatMap { $0 }.filter { !$0.isMet }.map(\.description)
    return .enabled(if: missing.isEmpty, "missing: \(missing.joined(separator: ", "))")
  }

  /// Skips the test where something it needs is missing, and says what.
  public static func requires(_ needs: Requirement...) -> Self { requires(needs) }
}
