internal import Clues
internal import Flows
internal import LinuxSystem

extension TunnelAnswer {
  /// Takes over what OpenVPN says of a client; the VPN's flow is one of `transport` to the server's `port` (0 if nobody
  /// tells).
  mutating func adopt(_ client: OpenVPNClient, _ transport: Transport, port: UInt16) {
    tunnel.client = client.commonName
    tunnel.address = client.prefix.isHost ? client.prefix.address : nil
    tunnel.route = client.prefix.isHost ? nil : client.prefix
    tunnel.realAddress = client.peer?.description
    tunnel.connectedSince = client.connectedSince.flatMap { SystemClock.text($0) }
    tunnel.bytesReceived = client.bytesReceived
    tunnel.bytesSent = client.bytesSent
    if client.source.kind == .statusFile { tunnel.statusFile = client.source.name }
    tunnel.statusAge = client.source.age
    certainty = client.certainty
    evidence = [client.evidence]
    if client.commonName == nil { reason = "the peer has not said its name yet" }
    if let peer = client.peer {
      carrier = Flow(
        transport, from: Endpoint(peer.address, peer.port ?? 0),
        to: Endpoint(peer.address.isV4 ? .anyV4 : .anyV6, port))
    }
  }

  /// Takes over what WireGuard's device `read` says of `address`, behind the interface `device`.
  ///
  /// - Parameters:
  ///   - names: what people call the peers.
  ///   - command: shows the same to a person.
  mutating func adopt(
    _ read: WireGuardDevice, _ address: IPAddress, _ device: Interface, names: WireGuardPeerNames, command: String?
  ) {
    guard let claim = read.claim(on: address) else {
      reason = "client unknown, because no peer of \(device.name) is allowed to have \(address)"
      evidence = [Evidence("wireguard", "\(read.peers.count) peers, none with \(address)", command: command)]
      return
    }
    guard let peer = claim.peer else {
      reason = "\(claim.peers.count) peers of \(device.name) claim \(claim.prefix)"
      return
    }
    // A peer to which this side's own address is routed is the hub that this side is a client of.
    isClient = device.addresses.contains { claim.prefix.contains($0.address) }
    tunnel.client = isClient ? nil : names.title(of: peer.publicKey)
    tunnel.publicKey = String(peer.publicKey.description.prefix(8))
    tunnel.address = claim.prefix.isHost ? claim.prefix.address : nil
    tunnel.route = claim.prefix.isHost ? nil : claim.prefix
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

extension Prefix {
  /// One address.
  fileprivate var isHost: Bool { length == (address.isV4 ? 32 : 128) }
}
