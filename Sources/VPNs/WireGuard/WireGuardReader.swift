public import Flows
public import LinuxSystem
public import Programs

/// Reads WireGuard, in the kernel and in programs (`wireguard-go`, `boringtun`).
public struct WireGuardReader: TunnelReader {
  public let type = "wireguard"
  public let title = "WireGuard (*)"
  public let programs: ProgramNames = ["wireguard-go", "wireguard", "boringtun", "boringtun-cli"]
  public var kernelKind: InterfaceKind? { .wireguard }
  public var limitation: String? { nil }
  public var script: CollectingStep? { nil }

  public init() {}

  public func peers(behind device: TunnelDevice) throws(TunnelError) -> any TunnelPeers {
    let read: WireGuardDevice
    if let program = device.program {
      read = try WireGuardUserspace(device.name, root: program.root).device()
    } else {
      read = try device.wireGuard()
    }
    let roots = (device.program.map { [$0.root] } ?? []) + device.roots
    return WireGuardPeers(
      answer: TunnelAnswer(unknownBehind: device, type: type), device: read, name: device.name,
      ownAddresses: device.addresses, names: WireGuardPeerNames(in: roots),
      command: device.inPlace("wg show \(device.name) dump"))
  }

  /// None: its configurations hold keys, and nothing else that its device lacks.
  public func files(of program: RunningProgram) -> ProgramEvidence { ProgramEvidence() }
}

/// The peers of a device, as it reports them now.
private struct WireGuardPeers: TunnelPeers {
  let answer: TunnelAnswer
  let device: WireGuardDevice
  let name: String
  let ownAddresses: [IPAddress]
  let names: WireGuardPeerNames
  /// A command that shows the same to a person.
  let command: String?

  func answer(for address: IPAddress) -> TunnelAnswer {
    var answer = answer
    answer.adopt(device, address, behind: name, ownAddresses, names: names, command: command)
    return answer
  }
}

extension TunnelAnswer {
  /// Adds what the WireGuard device `read` reports about `address`, behind the interface `interface` with
  /// `ownAddresses`.
  ///
  /// - Parameters:
  ///   - names: the names that people gave to the peers.
  ///   - command: a command that shows the same to a person.
  mutating func adopt(
    _ read: WireGuardDevice, _ address: IPAddress, behind interface: String, _ ownAddresses: [IPAddress],
    names: WireGuardPeerNames, command: String?
  ) {
    guard let claim = read.claim(on: address) else {
      reason = "client unknown, because no peer of \(interface) is allowed to have \(address)"
      evidence = [Evidence("wireguard", "\(read.peers.count) peers, none with \(address)", command: command)]
      return
    }
    guard let peer = claim.peer else {
      reason = "\(claim.peers.count) peers of \(interface) claim \(claim.prefix)"
      return
    }
    // A peer to which this side's own address is routed is the hub that this side is a client of.
    isClient = ownAddresses.contains(where: claim.prefix.contains)
    tunnel.client = isClient ? nil : names.title(of: peer.publicKey)
    tunnel.publicKey = peer.publicKey.hiddenNumber == nil ? String(peer.publicKey.description.prefix(8)) : nil
    tunnel.adopt(claim.prefix)
    tunnel.realAddress = peer.endpoint?.description
    tunnel.lastHandshake = peer.lastHandshake.flatMap { SystemClock.text($0) }
    tunnel.bytesReceived = peer.receivedBytes
    tunnel.bytesSent = peer.sentBytes
    certainty = .observed
    var detail = "\(claim.prefix) is allowed to \(peer.publicKey.title)"
    if let name = names[peer.publicKey] { detail += ", which \(name.file) calls \(name.name)" }
    if let endpoint = peer.endpoint { detail += ", at \(endpoint)" }
    evidence = [Evidence("wireguard", detail, command: command)]
    if let endpoint = peer.endpoint {
      let own = Endpoint(endpoint.address.isV4 ? .anyV4 : .anyV6, read.listenPort)
      carrier = isClient ? Flow(.udp, from: own, to: endpoint) : Flow(.udp, from: endpoint, to: own)
    }
  }
}
