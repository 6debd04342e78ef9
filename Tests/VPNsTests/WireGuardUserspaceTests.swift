import Flows
import Lab
import LinuxSystem
import ProgramDoubles
import Testing

@testable import VPNs

/// Programs that answer as no WireGuard would; what real ones answer is in `WireGuardRealTests` of the integration tests.
@Suite struct WireGuardUserspaceTests {
  /// A root folder in which /var/run is an absolute link, as in most distributions, and the socket is behind it.
  private func withRoot(_ reply: LineServer.Reply, _ body: (RootFolder) throws -> Void) throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("run/wireguard")
    try folder.link("var/run", to: "/run")
    let server = try LineServer(folder.path + "/run/wireguard/wg0.sock", reply)
    try withExtendedLifetime(server) { try body(RootFolder(folder.path)) }
  }

  @Test func `the socket is found behind an absolute link, inside the root`() throws {
    try withRoot(.text("listen_port=51820\nfwmark=0\nerrno=0\n\n")) { root in
      let device = try WireGuardUserspace("wg0", root: root).device()
      #expect(device.listenPort == 51820)
      #expect(throws: TunnelError.self) { try WireGuardUserspace("wg1", root: root).device() }
    }
  }

  @Test func `refusals, silence and nonsense are told apart`() throws {
    func code(_ reply: LineServer.Reply) throws -> TunnelError.Code? {
      var code: TunnelError.Code?
      try withRoot(reply) { root in
        let began = ContinuousClock.now
        do throws(TunnelError) {
          _ = try WireGuardUserspace("wg0", root: root, timeout: .seconds(1)).device()
        } catch {
          code = error.code
        }
        #expect(ContinuousClock.now - began < .seconds(5))
      }
      return code
    }
    #expect(try code(.text("errno=1\n\n")) == .own(.errno(.notPermitted)))
    #expect(try code(.text("HTTP/1.1 400 Bad Request\r\n\r\n")) == .malformed)
    #expect(try code(.text("listen_port=1\n")) == .malformed)
    #expect(try code(.text("\n")) == .malformed)
    #expect(try code(.silence) == .slow)
    #expect(try code(.endless("new_thing=1\n")) == .slow)
  }

  @Test func `an absent socket and an impossible name are absent`() throws {
    let folder = try TemporaryFolder()
    for name in ["wg0", "", "../wg0", "a\u{0}b"] {
      let error = #expect(throws: TunnelError.self) {
        try WireGuardUserspace(name, root: RootFolder(folder.path)).device()
      }
      #expect(error?.code == .absent)
    }
    let gone = #expect(throws: TunnelError.self) {
      try WireGuardUserspace("wg0", root: RootFolder("/nonexistent")).device()
    }
    #expect(gone?.code == .absent)
  }
}
