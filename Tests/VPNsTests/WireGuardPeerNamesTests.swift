import Flows
import Lab
import LinuxSystem
import Testing

@testable import VPNs

@Suite struct WireGuardPeerNamesTests {
  /// A key per letter, in base64.
  private func key(_ letter: Character) -> String { String(repeating: letter, count: 42) + "A=" }
  private let secret = "GGQ5mbnFhMFmjcKOFLI3sRFGdaTbZ+lYUVbdXXYh00E="

  private func names(_ text: String) -> [String: String] {
    let found = WireGuardConfiguration.names(in: Array(text.utf8))
    return Dictionary(uniqueKeysWithValues: found.map { ("\($0.key.description.prefix(1))", $0.value) })
  }

  @Test func `the comments of common scripts are understood`() {
    let text = """
      [Interface]
      # server
      PrivateKey = \(secret)

      ### Client laptop-alice
      [Peer]
      PublicKey = \(key("A"))
      PresharedKey = \(secret)

      # BEGIN_PEER phone
      [Peer]
      PublicKey=\(key("B"))
      # END_PEER phone
      ### begin bob ###
      [Peer]
      publickey = \(key("C"))
      ### end bob ###

      # Client: carol (7c1b0cc2-0000)
      [Peer]
      PublicKey = \(key("D"))

      # ID:           cm1
      # Name:         dave
      # Email:        dave@example.com
      [Peer]
      PublicKey = \(key("E"))

      [Peer]
      #friendly_name=erin's phone
      PublicKey = \(key("F"))

      [Peer]
      # Name = frank
      PublicKey = \(key("G"))

      [Peer] # grace
      PublicKey = \(key("H"))

      [Peer]
      PublicKey = \(key("I")) # heidi
      [Peer]
      # peer_ivan
      PublicKey = \(key("J"))
      """
    let expected = [
      "A": "laptop-alice", "B": "phone", "C": "bob", "D": "carol", "E": "dave", "F": "erin's phone", "G": "frank",
      "H": "grace", "I": "heidi", "J": "peer_ivan",
    ]
    #expect(names(text) == expected)
    #expect(names(text.replacing("\n", with: "\r\n")) == expected)
  }

  @Test func `comments about something else name nobody`() {
    let text = """
      # All peers

      [Peer]
      PublicKey = \(key("A"))
      #PresharedKey = \(secret)
      # Endpoint = 192.0.2.1:51820
      # \(secret)

      # Email: x@example.com
      [Peer]
      PublicKey = \(key("B"))
      # of the next section
      [Interface]
      # not a peer
      PublicKey = \(key("C"))
      [Peer]
      # no key
      [Peer]
      # a bad key
      PublicKey = AAAA
      """
    #expect(names(text) == [:])
    #expect(names("") == [:] && names("[") == [:] && names("#\n#\n[peer]\n#=\npublickey") == [:])
    #expect(names("# \u{0}\u{1}\n[Peer]\nPublicKey=\(key("A"))").count == 1)
    #expect(names("# \(String(repeating: "x y", count: 1000))\n[Peer]\nPublicKey=\(key("A"))") == [:])
    let notUTF8: [UInt8] = Array("# ".utf8) + [0xFF] + Array("\n[Peer]\nPublicKey=\(key("A"))\n".utf8)
    #expect(WireGuardConfiguration.names(in: notUTF8).map(\.value) == ["\u{FFFD}"])
  }

  // The shape of wg-easy 14's wg0.json.
  @Test func `wg-easy's clients are read without their keys`() throws {
    let text = """
      {"server":{"privateKey":"\(secret)","publicKey":"\(key("Z"))","address":"10.8.0.1"},"clients":{
      "b":{"id":"b","name":"phone","address":"10.8.0.3","privateKey":"\(secret)","publicKey":"\(key("B"))",
      "preSharedKey":"\(secret)","createdAt":"2024-01-01T00:00:00.000Z","enabled":true},
      "a":{"name":"laptop","publicKey":"\(key("A"))"},"c":{"name":7,"publicKey":"\(key("C"))"},"d":null,
      "e":{"name":"none"},"f":{"name":"bad","publicKey":"AAAA"}}}
      """
    let names = try #require(WireGuardEasyClients.names(in: Array(text.utf8)))
    #expect(
      names == [
        try #require(WireGuardPublicKey(key("A"))): "laptop", try #require(WireGuardPublicKey(key("B"))): "phone",
      ])
    for bad in ["", "{", "[]", "{}", #"{"clients":[]}"#, #"{"clients":7}"#] {
      #expect(WireGuardEasyClients.names(in: Array(bad.utf8)) == nil)
    }
  }

  @Test func `files are found in every root, and links do not lead out of it`() throws {
    let place = try TemporaryFolder()
    let folder = place.path
    try place.write("host/etc/wireguard/wg0.conf", "# alice\n[Peer]\nPublicKey=\(key("A"))\n")
    try place.write(
      "container/config/wg_confs/wg0.conf",
      "# other\n[Peer]\nPublicKey=\(key("A"))\n# bob\n[Peer]\nPublicKey=\(key("B"))\n")
    try place.write(
      "container/etc/wireguard/wg0.json", #"{"clients":{"x":{"name":"carol","publicKey":"\#(key("C"))"}}}"#)
    try place.write("container/etc/wireguard/notes.txt", "# mallory\n[Peer]\nPublicKey=\(key("D"))\n")
    try place.write("outside/secret.conf", "# stolen\n[Peer]\nPublicKey=\(key("E"))\n")
    for (name, target) in [("absolute", "\(folder)/outside/secret.conf"), ("up", "../../../outside/secret.conf")] {
      try place.link("container/etc/wireguard/\(name).conf", to: target)
    }
    try place.makeFIFO("container/etc/wireguard/fifo.conf")
    try place.write(
      "container/etc/wireguard/large.conf",
      "# dave\n[Peer]\nPublicKey=\(key("F"))\n" + String(repeating: "#\n", count: 2 << 20))
    let names = WireGuardPeerNames(in: [RootFolder("\(folder)/host"), RootFolder("\(folder)/container")])
    #expect(Set(names.names.values.map(\.name)) == ["alice", "bob", "carol"])
    let alice = try #require(WireGuardPublicKey(key("A")))
    #expect(names[alice]?.file == "\(folder)/host/etc/wireguard/wg0.conf" && names.title(of: alice) == "alice")
    #expect(names.title(of: try #require(WireGuardPublicKey(key("D")))) == "peer DDDDDDDD")
    #expect(names.unread.count == 4, "two links that lead nowhere inside the root, a FIFO, and one over 4 MiB")
    #expect(WireGuardPeerNames(in: [RootFolder("/nonexistent")]).unread == [])
  }
}
