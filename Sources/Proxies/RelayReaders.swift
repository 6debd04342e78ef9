public import Flows
internal import LinuxSystem

/// The list of all kinds of relays and web servers that Headwater knows. Tracing, bundles, `logs`, `collect` and
/// `doctor` use this list.
public enum RelayReaders {
  /// First the kinds of which something is read, then those that are known by name only.
  public static let all: [any RelayReader] =
    [
      HAProxyReader(), NginxReader(), ApacheReader(), DockerProxyReader(), SocatReader(), SSHReader(),
      SSHSessionReader(),
      SocketProxyReader(), TailscaleUserspaceReader(),
    ] + ConfiguredRelay.all + NamedRelay.all

  /// The reader for `process`; nil for an unknown program.
  public static func reader(for process: Process) -> (any RelayReader)? {
    // The program of an interpreter is not searched for, because its second word may be anything.
    let paths = [process.executable, process.command?.first?.split(separator: " ").first.map(String.init)]
    let names = paths.compactMap { $0?.split(separator: "/").last.map(String.init) } + [process.name]
    for name in names {
      if let reader = all.first(where: { $0.programs.contains(name) }) { return reader }
    }
    return nil
  }

  /// Whether a process with this kernel name may be a program whose access logs are read. It is cheaper than reading
  /// the process.
  public static func mayWriteLogs(_ name: String) -> Bool {
    all.contains { $0.reads.contains(.logs) && $0.programs.contains(name) }
  }

  /// The usual access logs of all kinds.
  public static let usualLogs = all.flatMap(\.usualLogs)
}

extension RelayReader {
  /// The answer for a relay of which nothing could be read. Whether clients share its connections is then not known, so
  /// no shares are given.
  public func answer(_ error: RelayError) -> RelayAnswer {
    RelayAnswer(software: software, isRelay: true, isOneToOne: true, notes: ["\(error)"])
  }
}
