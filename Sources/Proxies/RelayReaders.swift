public import Flows
internal import LinuxSystem

/// All kinds of relays and web servers that Headwater knows. Tracing, bundles, `logs`, `collect` and `doctor` go through this
/// list.
public enum RelayReaders {
  /// Those of which something is read, and then those that are known by name.
  public static let all: [any RelayReader] =
    [
      HAProxyReader(), NginxReader(), DockerProxyReader(), SocatReader(), SSHReader(), SSHSessionReader(),
      SocketProxyReader(), TailscaleUserspaceReader(),
    ] + ConfiguredRelay.all + NamedRelay.all

  /// The reader for `process`; nil for a program that is not known.
  public static func reader(for process: Process) -> (any RelayReader)? {
    // An interpreter's program is not looked for: its second word may be anything.
    let paths = [process.executable, process.command?.first?.split(separator: " ").first.map(String.init)]
    let names = paths.compactMap { $0?.split(separator: "/").last.map(String.init) } + [process.name]
    for name in names {
      if let reader = all.first(where: { $0.programs.contains(name) }) { return reader }
    }
    return nil
  }

  /// Whether a reader of access logs may be for a process that the kernel calls `name`: cheaper than to read it.
  public static func mayWriteLogs(_ name: String) -> Bool {
    all.contains { $0.reads.contains(.logs) && $0.programs.contains(name) }
  }

  /// Where the access logs of all of them usually are.
  public static let usualLogs = all.flatMap(\.usualLogs)
}

extension RelayReader {
  /// What is said of one of which nothing could be read. Whether clients share its connections to servers is not known
  /// then, so nothing is said of shares.
  public func answer(_ error: RelayError) -> RelayAnswer {
    RelayAnswer(software: software, isRelay: true, isOneToOne: true, notes: ["\(error)"])
  }
}
