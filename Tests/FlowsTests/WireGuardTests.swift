import Flows
import Testing

@Suite struct WireGuardPublicKeyTests {
  // RFC 7748 section 6.1: Alice's public key; the base64 by base64(1).
  private let hexadecimal = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
  private let base64 = "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="

  @Test func `both spellings are the same key`() throws {
    let key = try #require(WireGuardPublicKey(hexadecimal: hexadecimal.utf8))
    #expect(key == WireGuardPublicKey(base64))
    #expect("\(key)" == base64)
    #expect(key == WireGuardPublicKey(hexadecimal: hexadecimal.uppercased().utf8))
    #expect(key.bytes.count == 32 && key.bytes.first == 0x85 && key.bytes.last == 0x6a)
    #expect(key.title == "peer hSDwCYkw")
    #expect(
      WireGuardPublicKey([UInt8](repeating: 0xFF, count: 32))?.description == "\(String(repeating: "/", count: 42))8=")
  }

  @Test(arguments: [
    "", "=", "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo", "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmoo",
    // Bits after the last byte; another alphabet; a character too many; none at all.
    "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmp=", "hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo=",
    "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo==", "=====================hSDwCYkwp1R0i33ctD73Wg2",
    "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066Spjqqb\u{FF}o=",
  ])
  func `what wg would refuse is refused`(_ text: String) { #expect(WireGuardPublicKey(text) == nil) }

  @Test func `hexadecimal of another length or alphabet is refused`() {
    #expect(WireGuardPublicKey(hexadecimal: hexadecimal.dropLast().utf8) == nil)
    #expect(WireGuardPublicKey(hexadecimal: (hexadecimal.dropLast() + "g").utf8) == nil)
    #expect(WireGuardPublicKey([UInt8](repeating: 0, count: 31)) == nil)
  }
}

@Suite struct WireGuardClaimTests {
  private func peer(_ byte: UInt8, _ prefixes: String...) throws -> WireGuardPeer {
    let key = try #require(WireGuardPublicKey([UInt8](repeating: byte, count: 32)))
    return WireGuardPeer(publicKey: key, allowedPrefixes: prefixes.compactMap { Prefix($0) })
  }

  @Test func `the longest prefix decides, in whatever order they come`() throws {
    let site = try peer(1, "10.0.0.0/8", "fd00::/16")
    let host = try peer(2, "10.8.0.2/32", "fd00::2/128")
    let rest = try peer(3, "0.0.0.0/0")
    for peers in [[site, host, rest], [rest, host, site]] {
      let device = WireGuardDevice(name: "wg0", peers: peers)
      #expect(device.claim(on: try #require(IPAddress("10.8.0.2")))?.peer == host)
      #expect(device.claim(on: try #require(IPAddress("10.8.0.3")))?.peer == site)
      #expect(device.claim(on: try #require(IPAddress("10.8.0.3")))?.prefix == Prefix("10.0.0.0/8"))
      #expect(device.claim(on: try #require(IPAddress("192.0.2.1")))?.peer == rest)
      #expect(device.claim(on: try #require(IPAddress("fd00::2")))?.peer == host)
      #expect(device.claim(on: try #require(IPAddress("fd01::2"))) == nil)
    }
  }

  @Test func `equal claims are told and decide nothing`() throws {
    let one = try peer(1, "10.8.0.2/32")
    let two = try peer(2, "10.8.0.0/24", "10.8.0.2/32")
    let address = try #require(IPAddress("10.8.0.2"))
    let claim = try #require(WireGuardDevice(name: "wg0", peers: [one, two]).claim(on: address))
    #expect(claim.peers == [one, two] && claim.peer == nil)
    let twice = try peer(3, "10.8.0.2/32", "10.8.0.2/32")
    let own = WireGuardDevice(name: "wg0", peers: [twice]).claim(on: address)
    #expect(own?.peer == twice)
  }
}
