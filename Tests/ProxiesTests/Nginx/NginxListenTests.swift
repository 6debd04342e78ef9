import Flows
import Testing

@testable import Programs
@testable import Proxies

@Suite struct NginxListenTests {
  private func listen(_ arguments: String...) -> NginxListen? {
    NginxListen(NginxDirective("listen", arguments, at: ConfigurationLine(file: "f", line: 1)), defaultPort: 80)
  }

  @Test(
    arguments: [
      ("80", "0.0.0.0", 80, 80), ("*:8080", "0.0.0.0", 8080, 8080), ("*", "0.0.0.0", 80, 80),
      ("192.0.2.1", "192.0.2.1", 80, 80), ("192.0.2.1:443", "192.0.2.1", 443, 443), ("[::]:443", "::", 443, 443),
      ("[fd00::1]", "fd00::1", 80, 80), ("8000-8099", "0.0.0.0", 8000, 8099), ("127.0.0.1:1-3", "127.0.0.1", 1, 3),
    ] as [(String, String, UInt16, UInt16)])
  func `an address with ports is read`(text: String, address: String, first: UInt16, last: UInt16) throws {
    let read = try #require(listen(text))
    #expect(read.address == IPAddress(address))
    #expect(read.ports == first...last)
  }

  @Test func `names, sockets and parameters are read`() throws {
    #expect(listen("localhost:81")?.name == "localhost")
    #expect(listen("unix:/run/n.sock", "ssl")?.path == "/run/n.sock")
    let quic = try #require(listen("[::]:443", "quic", "default_server", "ipv6only=off", "proxy_protocol"))
    #expect(quic.transport == .udp && quic.isTLS && quic.isDefault && quic.acceptsV4 && quic.hasProxyProtocol)
    #expect(listen("53", "udp")?.transport == .udp)
    for text in ["", "0", "65536", "9-8", "[::1", "a:b", "1.2.3.4:", "::1:80", "[1.2.3.4]:80", "-"] {
      #expect(listen(text) == nil, "\(text)")
    }
  }
}
