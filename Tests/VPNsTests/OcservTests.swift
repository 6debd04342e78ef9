import Flows
import Lab
import ProgramDoubles
import Testing

@testable import VPNs

/// What `occtl show users` reads; ocserv itself answers in the integration tests.
@Suite struct OcservTests {
  /// A field of a Protocol Buffer: a number, or bytes.
  private func field(_ number: UInt8, _ value: UInt64) -> [UInt8] {
    var bytes = [number << 3]
    var rest = value
    repeat {
      bytes.append(UInt8(rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
      rest >>= 7
    } while rest > 0
    return bytes
  }

  private func field(_ number: UInt8, _ value: [UInt8]) -> [UInt8] {
    [number << 3 | 2] + field(0, UInt64(value.count)).dropFirst() + value
  }

  private func field(_ number: UInt8, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

  private func user(_ name: String, _ device: String, from address: String) -> [UInt8] {
    field(
      1,
      field(1, 2 * 27492) + field(2, name) + field(3, "") + field(4, address) + field(5, device)
        + field(6, "10.88.0.1") + field(7, "10.88.0.36") + field(8, "fd88::1") + field(9, "fd88::fae4")
        + field(10, 1_796_052_481) + field(11, "laptop") + field(13, "connected"))
  }

  private func message(_ kind: UInt8, _ body: [UInt8]) -> [UInt8] {
    [kind] + (0..<4).map { UInt8(truncatingIfNeeded: body.count >> (8 * $0)) } + body
  }

  @Test func `users have names, devices and addresses of both families`() throws {
    let bytes = user("carol", "vpns0", from: "203.0.113.9") + user("dave", "vpns1", from: "2001:db8::9")
    let users = try #require(OcservUser.list(parsing: bytes))
    #expect(users.map(\.name) == ["carol", "dave"] && users.map(\.device) == ["vpns0", "vpns1"])
    #expect(users.map(\.realAddress) == [IPAddress("203.0.113.9"), IPAddress("2001:db8::9")])
    let first = try #require(users.first)
    #expect(first.addresses == [IPAddress("10.88.0.36"), IPAddress("fd88::fae4")].compactMap { $0 })
    #expect(first.id == 27492 && first.hostName == "laptop" && first.connectedSince == 1_796_052_481)
    #expect(OcservUser.list(parsing: []) == [])
  }

  @Test func `what is cut, or no list at all, is none`() {
    let whole = user("carol", "vpns0", from: "203.0.113.9")
    for count in 1..<whole.count { #expect(OcservUser.list(parsing: Array(whole.prefix(count))) == nil) }
    #expect(OcservUser.list(parsing: Array("HTTP/1.1 400".utf8)) == nil)
    #expect(OcservUser.list(parsing: [UInt8](repeating: 0xff, count: 64)) == nil)
  }

  @Test(
    arguments: [
      ("occtl-socket-file = /run/o.sock\n", "/run/o.sock"),
      ("a = b\n  occtl-socket-file=\"/run/o.sock\"", "/run/o.sock"),
      ("#occtl-socket-file = /run/o.sock", nil), ("socket-file = /run/o.sock", nil), ("occtl-socket-file =", nil),
      ("", nil),
    ] as [(String, String?)])
  func `its configuration says where it is asked`(_ text: String, _ path: String?) {
    #expect(OcservControl.socket(in: text) == path)
  }
}
