import Flows
import Testing

@testable import VPNs

@Suite struct OpenVPNStatusTests {
  private func status(_ text: String, modified: Double? = nil) throws -> OpenVPNStatus {
    try OpenVPNStatus(parsing: Array(text.utf8), modified: modified)
  }
  private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

  /// OpenVPN 2.6 writes its dates so; the clock of this server is two hours ahead of UTC.
  private let first = """
    OpenVPN CLIENT LIST
    Updated,2026-11-21 18:00:00
    Common Name,Real Address,Bytes Received,Bytes Sent,Connected Since
    tke-node1,203.0.113.7:55231,1000,2000,2026-11-21 17:30:00
    O=Acme, Inc,udp4:203.0.113.8:1,3,4,2026-11-21 17:59:00
    UNDEF,203.0.113.9:2,5,6,2026-11-21 17:59:59
    ROUTING TABLE
    Virtual Address,Common Name,Real Address,Last Ref
    172.16.248.22,tke-node1,203.0.113.7:55231,2026-11-21 18:00:00
    10.99.0.0/16,tke-node1,203.0.113.7:55231,2026-11-21 18:00:00
    10.99.4.4C,tke-node1,203.0.113.7:55231,2026-11-21 18:00:00
    10.99.128.0/17,O=Acme, Inc,udp4:203.0.113.8:1,2026-11-21 18:00:00
    fd00:7::/64,O=Acme, Inc,udp4:203.0.113.8:1,2026-11-21 18:00:00
    22:1d:63:bf:62:38@7,O=Acme, Inc,udp4:203.0.113.8:1,2026-11-21 18:00:00
    GLOBAL STATS
    Max bcast/mcast queue length,0
    END

    """
  /// 2026-11-21T16:00:00Z
  private let written = 1_795_276_800.0

  @Test func `version 1 tells clients, their addresses and the networks behind them`() throws {
    let status = try status(first, modified: written)
    #expect(status.isComplete && status.version == 1 && status.written == written)
    #expect(status.clients.map(\.commonName) == ["tke-node1", "O=Acme, Inc", nil])
    let asked = try address("172.16.248.22")
    let node = try #require(status.client(for: asked))
    #expect(node.prefix == Prefix("172.16.248.22") && node.claimants.count == 1)
    let client = try #require(node.claimants.first)
    #expect(client.peer?.description == "203.0.113.7:55231")
    #expect(client.bytesReceived == 1000 && client.bytesSent == 2000)
    #expect(client.connectedSince == written - 1800, "local time, taken back to UTC by the file's own")
    #expect(status.routes.last?.destination == .hardware("22:1d:63:bf:62:38@7"))
  }

  @Test(arguments: [
    ("10.99.4.4", "10.99.4.4/32", "tke-node1"), ("10.99.4.5", "10.99.0.0/16", "tke-node1"),
    ("10.99.200.1", "10.99.128.0/17", "O=Acme, Inc"), ("fd00:7::5", "fd00:7::/64", "O=Acme, Inc"),
  ]) func `a host's route comes first, then the longest prefix`(asked: String, prefix: String, name: String) throws {
    let wanted = try address(asked)
    let match = try #require(try status(first).client(for: wanted))
    #expect(match.prefix == Prefix(prefix) && match.claimants.map(\.commonName) == [name])
  }

  @Test func `an address that nobody has is nobody's`() throws {
    let status = try status(first)
    for asked in ["172.16.248.23", "10.100.0.1", "fd00:8::1"] {
      let wanted = try address(asked)
      #expect(status.client(for: wanted) == nil)
    }
  }

  @Test func `without the file's time version 1 has no epoch`() throws {
    #expect(try status(first).clients.allSatisfy { $0.connectedSince == nil })
    #expect(try status(first, modified: written + 500).clients.allSatisfy { $0.connectedSince == nil }, "no zone fits")
  }

  @Test(arguments: [",", "\t"]) func `columns are taken from the headers`(separator: String) throws {
    // 2.6 with columns in another order, and one that no version has
    let text = """
      TITLE,OpenVPN 2.6.14 x86_64
      TIME,2026-11-21 18:00:00,1795276800
      HEADER,CLIENT_LIST,New,Real Address,Common Name,Virtual IPv6 Address,Virtual Address,Connected Since (time_t),Bytes Sent,Bytes Received
      CLIENT_LIST,x,[2001:db8::9]:1194,one,fd00::5,10.8.0.5,1795270000,7,8
      HEADER,ROUTING_TABLE,Virtual Address,Common Name,Real Address,Last Ref,Last Ref (time_t)
      ROUTING_TABLE,10.8.0.5,one,[2001:db8::9]:1194,2026-11-21 18:00:00,1795276800
      GLOBAL_STATS,Max bcast/mcast queue length,0
      GLOBAL_STATS,dco_enabled,0
      END

      """.replacing(",", with: separator).replacing("\n", with: "\r\n")
    let status = try status(text)
    #expect(status.isComplete && status.version == (separator == "," ? 2 : 3) && status.written == 1_795_276_800)
    for asked in ["10.8.0.5", "fd00::5"] {
      let wanted = try address(asked)
      let match = try #require(status.client(for: wanted))
      let client = try #require(match.claimants.first)
      #expect(match.claimants.count == 1 && client.commonName == "one")
      #expect(client.bytesReceived == 8 && client.bytesSent == 7 && client.connectedSince == 1_795_270_000)
      #expect(client.peer?.description == "[2001:db8::9]:1194")
    }
  }

  @Test(arguments: [
    ("1.2.3.4:5", "1.2.3.4", 5), ("1.2.3.4", "1.2.3.4", nil), ("::ffff:1.2.3.4", "1.2.3.4", nil),
    ("2001:db8::1", "2001:db8::1", nil), ("[2001:db8::1]:9", "2001:db8::1", 9), ("udp4:1.2.3.4:5", "1.2.3.4", 5),
    ("tcp4-server:1.2.3.4:5", "1.2.3.4", 5), ("udp6:[2001:db8::1]:9", "2001:db8::1", 9),
    ("tcp6-server:2001:db8::1", "2001:db8::1", nil), ("[AF_INET]1.2.3.4:5", "1.2.3.4", 5),
    ("fe80::1%eth0", "fe80::1", nil),
  ]) func `every form of a real address is read`(text: String, address: String, port: UInt16?) throws {
    let real = try self.address(address)
    #expect(OpenVPNPeer(text) == OpenVPNPeer(real, port: port))
  }

  @Test(arguments: ["", ":", "1.2.3.4:", "1.2.3.4:99999", "[::1", "[::1]9", "udp4:", "x:1", "1.2.3:4", "[AF_INET]"])
  func `what is no address is none`(_ text: String) { #expect(OpenVPNPeer(text) == nil) }

  @Test func `a file that ends too early, or is half rewritten, is told`() throws {
    let whole = Array(first.utf8)
    for count in 1..<whole.count - 3 {
      let part = try? OpenVPNStatus(parsing: Array(whole.prefix(count)))
      #expect(part?.isComplete != true, "\(count) bytes")
    }
    // The start of a shorter new text over a longer old one.
    let next =
      "OpenVPN CLIENT LIST\nUpdated,2026-11-21 18:00:01\n"
      + "Common Name,Real Address,Bytes Received,Bytes Sent,Connected Since\nROUTING TABLE\n"
    let torn = Array(next.utf8) + whole.dropFirst(next.utf8.count)
    #expect(try !OpenVPNStatus(parsing: torn).isComplete)
    #expect(try !OpenVPNStatus(parsing: whole + Array(first.utf8)).isComplete, "two in one")
  }

  @Test func `nothing, a client's statistics and other files are told apart`() {
    func code(_ text: String) -> OpenVPNError.Code? {
      do throws(OpenVPNError) { _ = try OpenVPNStatus(parsing: Array(text.utf8)) } catch { return error.code }
      return nil
    }
    #expect(code("") == .absent && code("\n\r\n") == .absent)
    #expect(code("OpenVPN STATISTICS\nUpdated,2026-11-21 18:00:00\nTUN/TAP read bytes,1\nEND\n") == .unsupported)
    #expect(code("hello\n") == .malformed && code("\u{0}\u{1}") == .malformed)
    let binary = [UInt8](repeating: 0xFF, count: 1000)
    #expect(throws: OpenVPNError.self) { try OpenVPNStatus(parsing: binary) }
    #expect((try? OpenVPNStatus(parsing: Array("TITLE,".utf8) + binary)) != nil, "a start, and nothing else")
  }

  @Test func `two clients that claim one address are both told`() throws {
    let text = first.replacing(
      "GLOBAL STATS\n", with: "172.16.248.22,other,198.51.100.1:9,2026-11-21 18:00:00\nGLOBAL STATS\n")
    let wanted = try address("172.16.248.22")
    let match = try #require(try status(text).client(for: wanted))
    #expect(match.claimants.map(\.commonName) == ["tke-node1", "other"])
    #expect(match.claimants.last?.bytesSent == nil, "the list of clients has none of that name")
  }

  @Test func `ten thousand clients are read and asked in a moment`() throws {
    var text = "TITLE,OpenVPN 2.6\nTIME,x,1795276800\nHEADER,CLIENT_LIST,Common Name,Real Address,Virtual Address,"
    text += "Virtual IPv6 Address,Bytes Received,Bytes Sent,Connected Since,Connected Since (time_t),Username,"
    text += "Client ID,Peer ID,Data Channel Cipher\n"
    for number in 0..<10_000 {
      text += "CLIENT_LIST,c\(number),203.0.\(number / 256).\(number % 256):1194,10.8.\(number / 256).\(number % 256),,"
      text += "1,2,2026-11-21 18:00:00,1795276800,UNDEF,\(number),\(number),AES-256-GCM\n"
    }
    text += "HEADER,ROUTING_TABLE,Virtual Address,Common Name,Real Address,Last Ref,Last Ref (time_t)\n"
    for number in 0..<10_000 {
      text +=
        "ROUTING_TABLE,10.8.\(number / 256).\(number % 256),c\(number),203.0.\(number / 256).\(number % 256):1194,"
      text += "2026-11-21 18:00:00,1795276800\n"
    }
    text += "END\n"
    let clock = ContinuousClock()
    var found = 0
    let time = try clock.measure {
      let status = try status(text)
      #expect(status.isComplete)
      for number in 0..<10_000 {
        let match = status.client(for: .v4(0x0A08_0000 + UInt32(number)))
        if match?.claimants.map(\.commonName) == ["c\(number)"] { found += 1 }
      }
    }
    #expect(found == 10_000)
    #expect(time < .seconds(10), "a debug build on a slow machine")
  }
}
