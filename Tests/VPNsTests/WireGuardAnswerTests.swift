import Flows
import Testing

@testable import VPNs

@Suite struct WireGuardAnswerTests {
  // The example of https://www.wireguard.com/xplatform/, with made-up keys.
  private static let secret = String(repeating: "e84b5a6d", count: 8)
  private static let keyA = String(repeating: "b8", count: 32)
  private static let keyB = String(repeating: "58", count: 32)
  private static let text = """
    private_key=\(secret)
    listen_port=12912
    fwmark=51
    public_key=\(keyA)
    preshared_key=\(secret)
    allowed_ip=192.168.4.4/32
    endpoint=[abcd:23::33%2]:51820
    last_handshake_time_sec=1700000000
    last_handshake_time_nsec=500000000
    public_key=\(keyB)
    tx_bytes=38333
    rx_bytes=2224
    allowed_ip=192.168.4.6/32
    allowed_ip=fd00::6/64
    persistent_keepalive_interval=111
    endpoint=182.122.22.19:3233
    protocol_version=1
    last_handshake_time_sec=0
    last_handshake_time_nsec=0
    errno=0


    """

  private func read(_ text: String, piece: Int = 4096) throws -> WireGuardAnswer {
    var answer = WireGuardAnswer(for: "wg0")
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: piece) {
      var chunk = Array(bytes[start..<min(bytes.count, start + piece)])
      try answer.receive(&chunk)
    }
    try answer.end()
    return answer
  }

  @Test(arguments: [1, 2, 3, 7, 64, 100_000]) func `an answer is read in pieces of any size`(_ piece: Int) throws {
    let answer = try read(Self.text, piece: piece)
    #expect(answer.errorNumber == 0 && answer.isComplete)
    let device = answer.device
    #expect(device.name == "wg0" && device.listenPort == 12912 && device.firewallMark == 51 && device.publicKey == nil)
    #expect(device.peers.map(\.publicKey.bytes.first) == [0xb8, 0x58])
    let first = try #require(device.peers.first)
    #expect(first.endpoint == Endpoint("[abcd:23::33]:51820") && first.allowedPrefixes == [Prefix("192.168.4.4/32")])
    #expect(first.lastHandshake == 1_700_000_000.5 && first.persistentKeepalive == nil)
    let second = try #require(device.peers.last)
    #expect(second.receivedBytes == 2224 && second.sentBytes == 38333 && second.persistentKeepalive == 111)
    #expect(second.allowedPrefixes == [Prefix("192.168.4.6/32"), Prefix("fd00::/64")])
    #expect(second.lastHandshake == nil && second.endpoint == Endpoint("182.122.22.19:3233"))
  }

  @Test func `no private key is left anywhere`() throws {
    var answer = WireGuardAnswer(for: "wg0")
    // The line is cut in the middle of the key, so that its beginning has to be kept for a while.
    var head = Array("private_key=\(Self.secret.prefix(40))".utf8)
    try answer.receive(&head)
    var tail = Array("\(Self.secret.dropFirst(40))\nlisten_port=1\n".utf8)
    try answer.receive(&tail)
    #expect(head.allSatisfy { $0 == 0 } && tail.allSatisfy { $0 == 0 })
    var dumped = ""
    dump(answer, to: &dumped)
    #expect(!dumped.contains(Self.secret.prefix(8)) && !dumped.contains("\(UInt8(ascii: "e"))\n"))
    #expect(answer.device.listenPort == 1)
  }

  @Test(arguments: [
    "\u{0}\n", "no equals sign\n", "endpoint=1.2.3.4:1\n", "public_key=00\n", "allowed_ip=10.0.0.0/8\n",
    "listen_port=65536\n", "listen_port=-1\n", "listen_port=+1\n", "fwmark=0x\n", "errno=\n",
    "public_key=\(keyA)\nallowed_ip=10.0.0.0/33\n", "public_key=\(keyA)\nendpoint=host:1\n",
    "public_key=\(keyA)\nrx_bytes=18446744073709551616\n", "public_key=\(keyA)\nlast_handshake_time_sec=-1\n",
    "public_key=\(keyA)\nendpoint=%]:1\n",
  ])
  func `what the protocol does not allow is refused`(_ text: String) {
    #expect(throws: WireGuardAnswer.Malformation.line) { try read(text + "\n") }
  }

  @Test func `an answer that ends early, or never, is refused`() throws {
    #expect(throws: WireGuardAnswer.Malformation.endsEarly) { try read("listen_port=1\nerrno=0\n") }
    #expect(throws: WireGuardAnswer.Malformation.endsEarly) { try read("") }
    #expect(throws: WireGuardAnswer.Malformation.tooLarge) { try read(String(repeating: "x", count: 5000), piece: 100) }
    var answer = WireGuardAnswer(for: "wg0", entryLimit: 100)
    var peer = Array("public_key=\(Self.keyA)\n".utf8)
    try answer.receive(&peer)
    #expect(throws: WireGuardAnswer.Malformation.tooLarge) {
      for _ in 0..<100 {
        var prefix = Array("allowed_ip=10.0.0.0/8\n".utf8)
        try answer.receive(&prefix)
      }
    }
    #expect(answer.device.peers.first?.allowedPrefixes.count == 100)
  }

  @Test func `what newer programs add is stepped over, and so is what is not UTF-8`() throws {
    let answer = try read("jc=4\nh1=\u{1F600}\npublic_key=\(Self.keyA)\nnew_thing=1=2\nerrno=0\n\n")
    #expect(answer.device.peers.count == 1)
    var other = WireGuardAnswer(for: "wg0")
    var bytes: [UInt8] = [0xFF, 0xFE, UInt8(ascii: "="), 0x80, 10, 10]
    try other.receive(&bytes)
    #expect(other.isComplete && other.errorNumber == nil)
  }
}
