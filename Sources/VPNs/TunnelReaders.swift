public import Flows
internal import LinuxSystem

/// All kinds of tunnels that Headwater knows. Tracing, bundles, `collect` and `doctor` go through this list.
public enum TunnelReaders {
  /// Those whose peers are read, and then those that are known by name.
  public static let all: [any TunnelReader] =
    [OpenVPNReader(), WireGuardReader(), TailscaleReader()] + NamedTunnel.all

  /// The reader for the program that holds a device; nil for a program that is not known.
  public static func reader(for process: Process) -> (any TunnelReader)? {
    for name in ProgramNames.candidates(process) {
      if let reader = all.first(where: { $0.programs.contains(name) }) { return reader }
    }
    return nil
  }

  /// The reader for devices that the kernel itself runs; nil for another kind of device.
  public static func reader(forKernelKind kind: InterfaceKind) -> (any TunnelReader)? {
    all.first { $0.kernelKind == kind }
  }

  /// The reader for a tun device whose program no listing names, by what else was recorded at its place.
  public static func reader(for findings: any RecordedFindings, device: String) -> (any TunnelReader)? {
    all.first { reader in
      reader.listings(in: findings).contains { $0.kind == .tun && ($0.device ?? device) == device }
    }
  }

  /// Whether `name` is a program's that holds a device and whose peers are read.
  public static func isHolder(_ name: String) -> Bool {
    all.contains { $0.limitation == nil && $0.programs.contains(name) }
  }

  /// Everything that recorded findings of a place say of tunnels' devices there.
  public static func listings(in findings: any RecordedFindings) -> [RecordedTunnelListing] {
    all.flatMap { $0.listings(in: findings) }
  }

  /// The words of all of them, which are the sources of their evidence too.
  public static let types = Set(all.map(\.type))

  /// The kinds of devices that the kernel itself runs and whose peers are read.
  public static let kernelKinds = Set(all.compactMap(\.kernelKind))
}

extension TunnelReader {
  /// As people call it when `process` runs it: `OpenVPN`, `WireGuard (wireguard-go)`.
  public func title(of process: Process) -> String {
    let name = ProgramNames.candidates(process).first(where: programs.contains) ?? process.name
    return title.replacing("*", with: name)
  }
}
