import Flows
import Lab
import LinuxSystem
import Testing

@testable import Programs
@testable import VPNs

/// The reader as tracing and bundles use it, with recorded answers.
@Suite struct TailscaleReaderTests {
  /// One recorded answer.
  private struct Findings: RecordedFindings {
    var status: TailscaleStatus?

    func all<Finding: Sendable>(_ type: Finding.Type) -> [Evident<Finding>] {
      guard let status = status as? Finding else { return [] }
      return [Evident(value: status, source: EvidenceLine(file: "hub/tailscale.json", line: 1))]
    }
    func everywhere<Finding: Sendable>(_ type: Finding.Type) -> [Evident<Finding>] { all(type) }
    func command(showing source: EvidenceLine) -> String? { "sed -n \(source.line)p \(source.file)" }
  }

  private func device(_ text: String?) throws -> RecordedTunnelDevice {
    let status = try text.map { try #require(TailscaleStatus(parsing: Array($0.utf8))) }
    return RecordedTunnelDevice(
      name: "tailscale0", addresses: [], owner: Owner(), listener: nil, findings: Findings(status: status), entry: "")
  }

  private let network = """
    {"BackendState":"Running","Peer":{
    "a":{"HostName":"node","TailscaleIPs":["100.64.0.2"],"PrimaryRoutes":["10.12.0.0/16"],"CurAddr":"192.0.2.9:41641"},
    "b":{"HostName":"phone","TailscaleIPs":["100.64.0.3"],"Relay":"fra"},
    "c":{"HostName":"exit","TailscaleIPs":["100.64.0.4"],"ExitNode":true,"CurAddr":"192.0.2.4:41641"}}}
    """

  private func answer(_ address: String, _ text: String? = nil) throws -> TunnelAnswer {
    let reader = TailscaleReader()
    return try reader.peers(behind: device(text ?? network)).answer(for: try #require(IPAddress(address)))
  }

  @Test func `a machine, what is behind it, and what is behind the exit node`() throws {
    let node = try answer("100.64.0.2")
    #expect(node.tunnel.client == "node" && node.tunnel.address == IPAddress("100.64.0.2") && !node.isClient)
    #expect(node.certainty == .observed && node.tunnel.realAddress == "192.0.2.9:41641")
    #expect(node.carrier?.source == Endpoint("192.0.2.9:41641") && node.carrier?.transport == .udp)
    #expect(node.evidence.first?.command == "sed -n 1p hub/tailscale.json")
    let behind = try answer("10.12.32.13")
    #expect(behind.tunnel.client == "node" && behind.tunnel.route == Prefix("10.12.0.0/16"))
    #expect(behind.tunnel.address == nil && !behind.isClient)
    let far = try answer("100.64.0.3")
    #expect(far.tunnel.client == "phone" && far.carrier == nil && far.tunnel.realAddress == nil)
    #expect(far.evidence.first?.detail == "100.64.0.3 is phone through the relay fra")
    let outside = try answer("203.0.113.1")
    #expect(outside.tunnel.client == "exit" && outside.isClient && outside.tunnel.route == Prefix("0.0.0.0/0"))
  }

  @Test func `what nobody has, and a daemon that is not connected, are reasons`() throws {
    let two = #"{"BackendState":"NeedsLogin","Peer":{"a":{"HostName":"a","TailscaleIPs":["100.64.0.2"]}}}"#
    let nobody = try answer("100.64.9.9", two)
    #expect(nobody.certainty == .unknown && nobody.tunnel.client == nil)
    #expect(nobody.reason?.contains("100.64.9.9") == true && nobody.reason?.contains("NeedsLogin") == true)
    let empty = #expect(throws: TunnelError.self) { _ = try TailscaleReader().peers(behind: try device(nil)) }
    #expect(empty?.code == .absent && empty?.cause.map { "\($0)" }?.contains("tailscale status --json") == true)
    #expect(TailscaleReader().listings(in: Findings(status: nil)).isEmpty)
  }

  @Test(
    arguments: [
      (["tailscaled"], nil, nil), (["tailscaled", "--socket=/tmp/a.sock", "--tun", "ts0"], "/tmp/a.sock", "ts0"),
      (["tailscaled", "-socket", "/a", "-tun=tailscale0,userspace-networking", "x"], "/a", "tailscale0"),
      (
        ["tailscaled", "--verbose=1", "--no-logs-no-support", "--tun=userspace-networking"], nil, "userspace-networking"
      ),
      (["tailscaled", "stop", "--socket=/b"], nil, nil), (["tailscaled", "--socket"], nil, nil), ([], nil, nil),
    ] as [([String], String?, String?)])
  func `the command line says where the socket is, and whether there is a device`(
    _ words: [String], _ socket: String?, _ tunnel: String?
  ) {
    let line = TailscaleCommandLine(words)
    #expect(line.socket == socket && line.tunnel == tunnel)
    #expect(line.isUserspace == (tunnel == "userspace-networking"))
  }
}
