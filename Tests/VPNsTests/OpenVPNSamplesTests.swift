import Flows
import LinuxSystem
import Testing

@testable import VPNs

enum OpenVPNSamples {
  static let areThere = (try? read("openvpn_exporter/example/version1.status")) != nil
  static func read(_ name: String) throws -> [UInt8] {
    try Descriptor(reading: "../shared/data/" + name).readToEnd()
  }
}

/// Status files of real servers, as openvpn_exporter and jc keep them (MIT); not part of this project.
@Suite(.enabled(if: OpenVPNSamples.areThere, "needs ../shared/data/openvpn_exporter"))
struct OpenVPNSamplesTests {
  private func name(_ status: OpenVPNStatus, _ address: String) throws -> [String?]? {
    status.client(for: try #require(IPAddress(address)))?.claimants.map(\.commonName)
  }

  @Test func `version 1 of 2.4 is read`() throws {
    let status = try OpenVPNStatus(parsing: OpenVPNSamples.read("openvpn_exporter/example/version1.status"))
    #expect(status.isComplete && status.clients.count == 4 && status.routes.count == 4)
    // The routes name another port than the list of clients: joined by the only name.
    let user = try #require(IPAddress("10.240.10.126"))
    let match = try #require(status.client(for: user))
    #expect(match.claimants.first?.commonName == "user1" && match.claimants.first?.bytesReceived == 7_883_858)
  }

  @Test(arguments: [2, 3]) func `versions 2 and 3 of 2.4 are read`(version: Int) throws {
    let status = try OpenVPNStatus(parsing: OpenVPNSamples.read("openvpn_exporter/example/version\(version).status"))
    #expect(status.isComplete && status.version == version && status.written == 1_588_254_944)
    let user = try #require(IPAddress("10.68.0.25"))
    let match = try #require(status.client(for: user))
    let client = try #require(match.claimants.first)
    #expect(match.claimants.count == 1 && client.commonName == "test1@localhost")
    #expect(client.peer?.description == "1.2.3.5:51053" && client.connectedSince == 1_588_254_940)
    #expect(client.bytesReceived == 3871 && client.bytesSent == 3924 && client.user == "test1@localhost")
  }

  @Test(arguments: [("duplicate", 5), ("error", 4)])
  func `clients without routes, without ports and without names are read`(name: String, count: Int) throws {
    let status = try OpenVPNStatus(parsing: OpenVPNSamples.read("openvpn_exporter/example/\(name).status"))
    #expect(status.isComplete && status.clients.count == count && status.routes.isEmpty)
    #expect(status.clients.filter { $0.commonName == nil }.count == 2)
    let real = try #require(IPAddress("1.1.1.1"))
    #expect(status.clients.first?.peer == OpenVPNPeer(real, port: nil))
  }

  @Test func `networks, hardware addresses and cached routes are read`() throws {
    let status = try OpenVPNStatus(
      parsing: OpenVPNSamples.read("jc/tests/fixtures/generic/openvpn-status.log"), modified: 1_434_615_135)
    #expect(status.isComplete && status.clients.count == 6 && status.routes.count == 11)
    #expect(try name(status, "10.200.3.4") == ["baz@example.com"])
    #expect(try name(status, "2001:db8::100f") == ["baz@example.com"])
    #expect(try name(status, "2001:db8::1010") == nil)
    #expect(try name(status, "192.168.255.16") == ["bar@example.com"])
    // The sample names two for it.
    #expect(try name(status, "192.168.255.1").map { Set($0) } == ["bar@example.com", "baz@example.com"])
    #expect(status.routes.filter(\.isCached).count == 3)
    // 08:12:15 local is the file's 08:12:15Z; connected at 04:23:03.
    #expect(status.clients.first?.connectedSince == 1_434_601_383.0)
  }
}
