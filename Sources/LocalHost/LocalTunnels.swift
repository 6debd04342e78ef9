internal import Containers
internal import Flows
internal import LinuxSystem
internal import Netlink
internal import Questions
internal import VPNs

/// Finds who is behind the VPN devices of this host, by asking the programs that hold them.
struct LocalTunnels: Sendable {
  /// For how many seconds a program's answer is used.
  private static let lifetime = 1.0

  private var known: [Device: Known] = [:]

  private struct Device: Hashable {
    let place: Place
    let name: String
    /// The process that holds the device; nil for the kernel's own.
    let pid: Int32?
  }

  private struct Known: Sendable {
    let peers: Result<any TunnelPeers, TunnelError>
    let time: Double
    var isFresh: Bool { MonotonicClock.seconds - time < LocalTunnels.lifetime }
  }

  /// The client with `address` behind `device` of `place`; nil if the device is no tunnel (but a virtual machine's, or
  /// a bridge).
  mutating func answer(
    _ address: IPAddress, _ device: Interface, _ place: NamespaceDescription, _ namespaces: LocalNamespaces
  ) -> TunnelAnswer? {
    guard let held = Self.holder(of: device) else { return nil }
    let owner = held.owner
    guard let reader = held.reader else { return UnknownTunnel.answer(behind: device.name, of: owner) }
    switch peers(reader, device, owner, place, namespaces) {
    case .success(let peers): return peers.answer(for: address)
    case .failure(let error):
      return TunnelAnswer(
        tunnel: Tunnel(type: reader.type, interface: device.name), owner: owner, certainty: .unknown,
        reason: "client unknown, because \(error)")
    }
  }

  /// The owner of a tunnel's device, and the reader for its program if there is one; nil if the device is no tunnel's.
  static func holder(of device: Interface) -> (owner: Owner, reader: (any TunnelReader)?)? {
    if let kind = device.kind, let reader = TunnelReaders.reader(forKernelKind: kind) {
      return (Owner(isKernel: true), reader)
    }
    guard device.kind == .tun else { return nil }
    let owner = device.deviceOwner ?? Owner()
    if owner.machine != nil || owner.process.map(Hypervisors.contains) == true { return nil }
    return (owner, owner.process.flatMap { TunnelReaders.reader(for: $0) })
  }

  private mutating func peers(
    _ reader: any TunnelReader, _ device: Interface, _ owner: Owner, _ place: NamespaceDescription,
    _ namespaces: LocalNamespaces
  ) -> Result<any TunnelPeers, TunnelError> {
    let key = Device(place: place.id, name: device.name, pid: owner.process?.pid)
    if let known = known[key], known.isFresh { return known.peers }
    let tunnel = Self.device(device, owner, place, namespaces)
    let peers = Result { () throws(TunnelError) in try reader.peers(behind: tunnel) }
    if known.count > 1024 { known.removeAll() }
    known[key] = Known(peers: peers, time: MonotonicClock.seconds)
    return peers
  }

  static func device(
    _ device: Interface, _ owner: Owner, _ place: NamespaceDescription, _ namespaces: LocalNamespaces
  ) -> TunnelDevice {
    let program = owner.process.map { RunningProgram($0, container: owner.container, at: place.id) }
    let devices = namespaces.wireGuard(place.id)
    let (name, index) = (device.name, device.index)
    return TunnelDevice(
      name: name, addresses: device.addresses.map(\.address), owner: owner, program: program,
      roots: [.own] + (program == nil ? place.pid.map { [RootFolder(ofProcess: $0)] } ?? [] : []),
      entry: place.entry
    ) { () throws(TunnelError) in
      do throws(NetlinkError) {
        if let found = try devices?.device(index) { return found }
      } catch {
        throw TunnelError(error)
      }
      throw TunnelError(.absent, "read WireGuard device \(name)", cause: "it is gone")
    }
  }
}

extension TunnelError {
  /// The error for a question about a tunnel that the kernel did not answer.
  init(_ error: NetlinkError) {
    let code: Code =
      switch error.code {
      case .denied: .denied
      case .unsupported: .unsupported
      case .notFound: .absent
      case .malformed: .malformed
      case .interrupted, .failed: .broken
      }
    let reason = error.errno.map(String.init(describing:)) ?? "\(error.code)"
    self.init(code, error.operation, cause: .said(error.detail.map { "\(reason) (\($0))" } ?? reason))
  }
}
