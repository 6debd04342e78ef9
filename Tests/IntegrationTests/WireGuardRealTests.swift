import Flows
import Lab
import LinuxSystem
import Testing

@testable import VPNs

/// `wireguard-go` itself is asked, and held against `wg`, which asks it too.
@Suite(.requires(WireGuard.requirements)) struct WireGuardRealTests {
  /// A gateway with two clients, of which one is busy and the other idle.
  private final class Place {
    let gateway: TestHost
    let nodes: [TestHost]
    init() throws {
      gateway = try TestHost("gateway")
      nodes = [try TestHost("busy"), try TestHost("idle")]
      for (number, node) in nodes.enumerated() {
        try Wire(
          gateway.plug("eth\(number)", "198.51.\(number).1/24"), node.plug("eth0", "198.51.\(number).9/24"))
      }
    }
    deinit { ([gateway] + nodes).forEach { $0.stop() } }
  }

  /// What `wg show all dump` says of a peer, in its own words.
  private func line(_ peer: WireGuardPeer) -> [String] {
    [
      "wg0", "\(peer.publicKey)", "-", peer.endpoint.map { "\($0)" } ?? "(none)",
      peer.allowedPrefixes.map { "\($0)" }.sorted().joined(separator: ","), "\(Int(peer.lastHandshake ?? 0))",
      "\(peer.receivedBytes)", "\(peer.sentBytes)", peer.persistentKeepalive.map { "\($0)" } ?? "off",
    ]
  }

  /// The same with its prefixes in that order.
  private func sorted(_ line: [String]) -> [String] {
    guard line.count == 9 else { return line }
    var line = line
    line[4] = line[4].split(separator: ",").sorted().joined(separator: ",")
    return line
  }

  @Test func `peers, endpoints, handshakes and bytes agree with wg`() throws {
    let place = try Place()
    let server = try WireGuard.server(on: place.gateway)
    let busy = try WireGuard.client("busy", on: place.nodes[0], of: server, at: "198.51.0.1")
    let idle = try WireGuard.client("idle", on: place.nodes[1], of: server, at: "198.51.1.1")
    let sink = try Traffic.serve(on: place.gateway, port: 9000)
    try Traffic.send(.bulk(bytes: 500_000), from: place.nodes[0], to: server.address, port: 9000)
    _ = try sink.stop()
    try place.nodes[0].output(of: ["ping", "-c", "2", "-W", "5", server.addressV6])

    let program = try #require(server.process?.pid)
    let root = RootFolder(ofProcess: program)
    let userspace = WireGuardUserspace(WireGuard.interface, root: root)
    // Keepalives may come between the two questions: then they are asked again.
    var device = try userspace.device()
    var said: [[String]] = []
    try waitUntil("two answers that agree", every: 50_000, detail: { "\(device)\n\(said)" }) {
      device = try userspace.device()
      said = try server.dump().filter { $0.count == 9 }.map(sorted)
      return Set(device.peers.map(line)) == Set(said)
    }
    #expect(device.listenPort == 51820 && device.firewallMark == 0 && device.peers.count == 2)

    let busyPeer = try #require(device.peers.first { "\($0.publicKey)" == busy.publicKey })
    let idlePeer = try #require(device.peers.first { "\($0.publicKey)" == idle.publicKey })
    #expect(busyPeer.endpoint?.address == IPAddress("198.51.0.9"))
    #expect(busyPeer.receivedBytes > 500_000 && idlePeer.receivedBytes < 10_000)
    let handshake = try #require(idlePeer.lastHandshake)
    #expect(abs(MonotonicClock.wall - handshake) < 60)
    for (address, peer) in [(busy.address, busyPeer), (busy.addressV6, busyPeer), (idle.addressV6, idlePeer)] {
      #expect(device.claim(on: try #require(IPAddress(address)))?.peer == peer)
    }
    #expect(device.claim(on: try #require(IPAddress("172.16.249.77"))) == nil)

    let names = WireGuardPeerNames(in: [root])
    #expect(names.title(of: busyPeer.publicKey) == "busy" && names.title(of: idlePeer.publicKey) == "idle")
    #expect(names[idlePeer.publicKey]?.file == "/proc/\(program)/root/etc/wireguard/wg0.conf")
  }

  @Test(.requires(Requirement.docker)) func `a server in a container is asked through the root of its process`() throws
  {
    let place = try Place()
    let server = try WireGuard.server(in: DockerHost(place.gateway))
    let node = try WireGuard.client("tke-node1", on: place.nodes[0], of: server, at: "198.51.0.1")
    // The pass over all processes that finds tun devices finds this one, and the namespace says which it is.
    let container = try #require(server.container)
    let files = ProcessFiles()
    let device = try #require(
      try SocketInodeOwners(reading: files).tunnelDevices.first { device in
        files.read(device.pid)?.name == "wireguard-go" && device.interface == "wg0"
          && files.cgroupPaths(device.pid).contains { $0.path.contains(container.id) }
      })
    let process = try #require(files.read(device.pid))
    let reader = try #require(TunnelReaders.reader(for: process))
    #expect(reader.type == "wireguard" && reader.limitation == nil)
    let root = RootFolder(ofProcess: device.pid)
    let found = try WireGuardUserspace(device.interface, root: root).device()
    let claim = found.claim(on: try #require(IPAddress(node.address)))
    let peer = try #require(claim?.peer)
    #expect("\(peer.publicKey)" == node.publicKey)
    #expect(peer.endpoint?.address == IPAddress("198.51.0.9"), "Docker's DNAT keeps the client's address")
    #expect(WireGuardPeerNames(in: [.own, root]).title(of: peer.publicKey) == "tke-node1")
  }
}
