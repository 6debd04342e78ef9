import Flows
import LinuxSystem
import Testing

@testable import Proxies

enum HAProxySamples {
  private static let folder = "../shared/data/haproxy/examples/"
  static let names = [
    "basic-config-edge", "content-sw-sample", "mptcp", "option-http_proxy", "quick-test", "socks4", "transparent_proxy",
    "wurfl-example",
  ]
  static let areThere = (try? read("quick-test")) != nil

  static func read(_ name: String) throws -> [UInt8] { try Descriptor(reading: folder + name + ".cfg").readToEnd() }

  /// The numbers of the lines that begin with one of `words`, found without the parser, as `grep -nE` does.
  static func lines(_ words: [String], in content: [UInt8]) -> [Int] {
    let lines = String(decoding: content, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    return lines.indices.filter { index in
      lines[index].split(whereSeparator: \.isWhitespace).first.map { words.contains(String($0)) } ?? false
    }.map { $0 + 1 }
  }
}

/// HAProxy's own examples (GPL-2.0-or-later); not part of this project.
@Suite(.enabled(if: HAProxySamples.areThere, "needs ../shared/data/haproxy"))
struct HAProxySamplesTests {
  private func parse(_ name: String) throws -> HAProxyConfiguration {
    HAProxyConfiguration(parsing: [(name, try HAProxySamples.read(name))])
  }

  @Test(arguments: HAProxySamples.names) func `every example is read to its last line`(name: String) throws {
    let content = try HAProxySamples.read(name)
    let configuration = try parse(name)
    #expect(configuration.problems == [])
    let sections = configuration.sections
    #expect(sections.map(\.place.line) == HAProxySamples.lines(["frontend", "backend", "listen"], in: content))
    #expect(sections.flatMap(\.servers).map(\.place.line) == HAProxySamples.lines(["server"], in: content))
    let binds = Set(sections.flatMap(\.binds).map(\.place.line))
    #expect(binds.isSuperset(of: HAProxySamples.lines(["bind"], in: content)))
  }

  @Test func `the edge example says what it says`() throws {
    let configuration = try parse("basic-config-edge")
    #expect(configuration.chroot == "/var/empty")
    #expect(configuration.statsSockets.map(\.address.host) == [.unix("/var/run/haproxy-svc1.sock")])
    #expect(configuration.statsSockets.map(\.level) == [.admin])
    let frontend = try #require(configuration.frontend("pub1"))
    #expect(frontend.mode == "http")
    #expect(frontend.binds.map(\.isConditional) == [false, false, true])
    #expect(frontend.binds.map(\.address.transport) == [.tcp, .tcp, .udp])
    #expect(configuration.routes(from: "pub1").map(\.target) == ["app1"])
    let server = configuration.server(in: "app1", at: try #require(Endpoint("192.0.2.3:80")))
    #expect(server?.name == "srv3")
    #expect(try parse("transparent_proxy").backend("TransparentBack_http")?.source?.usesrc == "client")
    #expect(try parse("mptcp").frontend(accepting: try #require(Endpoint("[2001:db8::1]:5000")))?.name == "main")
  }
}
