internal import Flows
internal import LinuxSystem

extension TunnelAnswer {
  /// Adds what OpenVPN reports about a client. The VPN's flow uses `transport` to the server's `port` (0 if it is not
  /// known).
  mutating func adopt(_ client: OpenVPNClient, _ transport: Transport, port: UInt16) {
    tunnel.client = client.commonName
    tunnel.adopt(client.prefix)
    tunnel.realAddress = client.peer?.description
    tunnel.connectedSince = client.connectedSince.flatMap { SystemClock.text($0) }
    tunnel.bytesReceived = client.bytesReceived
    tunnel.bytesSent = client.bytesSent
    if client.source.kind == .statusFile { tunnel.statusFile = client.source.name }
    tunnel.statusAge = client.source.age
    certainty = client.certainty
    evidence = [client.evidence]
    if client.commonName == nil { reason = "the peer has not sent its name yet" }
    if let peer = client.peer {
      carrier = Flow(
        transport, from: Endpoint(peer.address, peer.port ?? 0),
        to: Endpoint(peer.address.isV4 ? .anyV4 : .anyV6, port))
    }
  }
}

extension Tunnel {
  /// Sets which part of the inner network is the peer's: its own address, or a network behind it.
  mutating func adopt(_ prefix: Prefix) {
    let isHost = prefix.length == prefix.address.bitWidth
    address = isHost ? prefix.address : nil
    route = isHost ? nil : prefix
  }
}
