public import Flows
internal import LinuxSystem

/// The list of all kinds of tunnels that Headwater knows. Tracing, bundles, `collect` and `doctor` use this list.
public enum TunnelReaders {
  /// First the kinds whose peers are read, then those that are known by name only.
  public static let all: [any TunnelReader] =
    [OpenVPNReader(), WireGuardReader(), TailscaleReader(), OcservReader(), SSHTunnelReader()] + NamedTunnel.all

  /// The reader for the program that holds a device; nil for an unknown program.
  public static func reader(for process: Process) -> (any TunnelReader)? {
    for name in ProgramNames.candidates(process) {
      if let reader = all.first(where: { $0.programs.contains(name) }) { return reader }
    }
    return nil
  }

  /// The reader for devices that the kernel itself runs; nil for other kinds.
  public static func reader(forKernelKind kind: InterfaceKind) -> (any TunnelReader)? {
    all.first { $0.kernelKind == kind }
  }

  /// The reader for a tun device whose program is in no listing, concluded from other findings at its place.
  public static func reader(for findings: any RecordedFindings, device: String) -> (any TunnelReader)? {
    all.first { reader in
      reader.listings(in: findings).contains { $0.kind == .tun && ($0.device ?? device) == device }
    }
  }

  /// Whether `name` is a program that holds a device and whose peers are read.
  public static func isHolder(_ name: String) -> Bool {
    all.contains { $0.limitation == nil && $0.programs.contains(name) }
  }

  /// All recorded lists of peers among the findings of a place.
  public static func listings(in findings: any RecordedFindings) -> [RecordedTunnelListing] {
    all.flatMap { $0.listings(in: findings) }
  }

  /// The types of all kinds. They are also the sources of their evidence.
  public static let types = Set(all.map(\.type))

  /// The kinds of devices that the kernel itself runs and whose peers are read.
  public static let kernelKinds = Set(all.compactMap(\.kernelKind))
}

extension TunnelReader {
  /// The name for people, if `process` runs it: `OpenVPN`, `WireGuard (wireguard-go)`.
  public func title(of process: Process) -> String {
    let name = ProgramNames.candidates(process).first(where: programs.contains) ?? process.name
    return title.replacing("*", with: name)
  }
}
