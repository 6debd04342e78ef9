import Flows
import Lab
import LinuxSystem
import ProgramDoubles
import Testing

@testable import VPNs

/// With a stand-in for `tailscaled`, written after ipn/ipnstate of Tailscale's source: a real one needs an account.
@Suite struct TailscaleTests {
  private let status = """
    {"Version":"1.70.0","BackendState":"Running","Self":{"HostName":"s750","TailscaleIPs":["100.64.0.1"]},"Peer":{
    "nodekey:b":{"HostName":"Phone of X","DNSName":"phone.tail1234.ts.net.","OS":"iOS","TailscaleIPs":["100.64.0.3"],
    "CurAddr":"","Relay":"fra","RxBytes":0,"TxBytes":0,"Online":true},
    "nodekey:a":{"HostName":"node","DNSName":"tke-node1.tail1234.ts.net.","OS":"linux","UserID":7,
    "TailscaleIPs":["100.64.0.2","fd7a:115c:a1e0::2"],"PrimaryRoutes":["10.12.0.0/16"],"CurAddr":"10.12.32.13:41641",
    "Relay":"fra","RxBytes":1048576,"TxBytes":250609664,"LastHandshake":"2025-04-20T14:57:17Z"},
    "nodekey:c":{"HostName":"old","TailAddr":"100.64.0.4","RxBytes":-1},
    "nodekey:d":{"TailscaleIPs":["100.64.0.5"]},"nodekey:e":7}}
    """

  private func read(_ text: String) -> TailscaleStatus? { TailscaleStatus(parsing: Array(text.utf8)) }

  @Test func `peers are named by the network, and found by their addresses and routes`() throws {
    let status = try #require(read(self.status))
    let peers = status.peers
    #expect(status.state == "Running" && status.addresses == [IPAddress("100.64.0.1")])
    #expect(peers.map(\.name) == ["tke-node1", "phone", "old"])
    let node = try #require(peers.first)
    #expect(node.endpoint == Endpoint("10.12.32.13:41641") && node.relay == nil && node.system == "linux")
    #expect(node.receivedBytes == 1_048_576 && node.sentBytes == 250_609_664)
    #expect(peers[1].endpoint == nil && peers[1].relay == "fra")
    #expect(peers[2].receivedBytes == 0 && peers[2].prefixes == [Prefix("100.64.0.4/32")])
    func owner(_ address: String) -> String? {
      IPAddress(address).flatMap { status.owner(of: $0) }?.peer.name
    }
    #expect(owner("100.64.0.3") == "phone" && owner("fd7a:115c:a1e0::2") == "tke-node1")
    #expect(owner("10.12.32.13") == "tke-node1" && owner("100.64.0.9") == nil)
    #expect(status.owner(of: .v4(0x0A0C_2001))?.prefix == Prefix("10.12.0.0/16"))
    var torn = status
    torn.peers = [node, node]
    #expect(torn.owner(of: .v4(0x6440_0002)) == nil)
    // What nobody has is behind the exit node.
    torn.peers[1].isExitNode = true
    torn.peers[1].prefixes = []
    #expect(torn.owner(of: .v4(0x0808_0808))?.prefix == Prefix("0.0.0.0/0"))
    #expect(torn.owner(of: .v6(1))?.prefix == Prefix("::/0"))
  }

  @Test(arguments: ["", "{", "[]", "{}", #"{"BackendState":7}"#, #"{"Peer":{}}"#])
  func `what is no status is refused`(_ text: String) { #expect(read(text) == nil) }

  @Test func `a daemon without peers has none`() {
    #expect(read(#"{"BackendState":"NeedsLogin","Peer":null}"#)?.peers == [])
    #expect(read(#"{"BackendState":"Running"}"#)?.peers == [])
  }

  @Test func `the socket is asked inside the root`() throws {
    let place = try TemporaryFolder()
    let folder = place.path
    try place.makeFolder("run/tailscale")
    func ask(_ reply: LineServer.Reply) throws -> Result<[String], TunnelError> {
      let server = try LineServer(folder + "/run/tailscale/tailscaled.sock", reply, end: "\r\n\r\n")
      return withExtendedLifetime(server) {
        do throws(TunnelError) {
          return .success(
            try TailscaleDaemon(root: RootFolder(folder), timeout: .seconds(1)).status().peers.map(\.name))
        } catch {
          return .failure(error)
        }
      }
    }
    func code(_ reply: LineServer.Reply) throws -> TunnelError.Code? {
      if case .failure(let error) = try ask(reply) { return error.code }
      return nil
    }
    let head = "HTTP/1.1 200 OK\r\nContent-Length: \(status.utf8.count)\r\n\r\n"
    #expect(try ask(.text(head + status)).get() == ["tke-node1", "phone", "old"])
    #expect(try code(.text("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")) == .denied)
    #expect(try code(.text("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")) == .own(.status(500)))
    #expect(try code(.text("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")) == .malformed)
    #expect(try code(.text("errno=0\n\n")) == .malformed)
    #expect(try code(.silence) == .slow)
    let gone = #expect(throws: TunnelError.self) { try TailscaleDaemon(root: RootFolder("\(folder)/run")).status() }
    #expect(gone?.code == .absent)
  }
}
