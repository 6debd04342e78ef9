import Documents
import Flows
import Lab

/// A client at 198.51.100.9, a proxy's host at 198.51.100.1 and 10.9.0.1, and a server's host at 10.9.0.2; IPv6 too.
struct ProxyLab {
  let client: TestHost
  let proxy: TestHost
  let server: TestHost

  init() throws {
    client = try TestHost("client")
    proxy = try TestHost("proxy")
    server = try TestHost("server")
    try Wire(
      client.plug("eth0", "198.51.100.9/24", "fd00:51::9/64"), proxy.plug("eth0", "198.51.100.1/24", "fd00:51::1/64"))
    try Wire(proxy.plug("eth1", "10.9.0.1/24", "fd00:9::1/64"), server.plug("eth0", "10.9.0.2/24", "fd00:9::2/64"))
  }

  func stop() { [client, proxy, server].forEach { $0.stop() } }

  /// What is relayed on the proxy's host until `traffic` comes back.
  func trace<Sent>(_ target: String, during traffic: () throws -> Sent) throws -> (document: TraceDocument, sent: Sent)
  {
    let trace = try Headwater(machine: proxy).start("trace", target, "--json", "--for", Headwater.untilEnded)
    let sent = try traffic()
    return (try trace.end().document(), sent)
  }

  /// A connection of the client to the proxy at `address`, over which everything came through to `server` and which stays
  /// open.
  func held(to address: String = "198.51.100.1", through server: TrafficServer) throws -> TrafficClient {
    let client = try Traffic.start(.bulk(bytes: 1_000_000, hold: 60), from: client, to: address, port: 8080)
    try server.awaitArrival(of: 1_000_000)
    return client
  }

  static let defaults = """
    defaults
      timeout connect 5s
      timeout client 30s
      timeout server 30s

    """
}
