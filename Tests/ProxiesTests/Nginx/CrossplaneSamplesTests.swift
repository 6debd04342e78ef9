import LinuxSystem
import Testing

@testable import Proxies

enum CrossplaneSamples {
  static let folder = "../shared/data/crossplane/tests/configs"
  static let areThere = (try? read("simple")) != nil

  static func read(_ name: String) throws -> [UInt8] {
    try Descriptor(reading: "\(folder)/\(name)/nginx.conf").readToEnd()
  }
}

/// Configurations of crossplane's tests (Apache-2.0); not part of this project. What they mean is in their own text.
@Suite(.enabled(if: CrossplaneSamples.areThere, "needs ../shared/data/crossplane"))
struct CrossplaneSamplesTests {
  private func shape(_ name: String) throws -> String {
    NginxText.shape(NginxParser.parse(try CrossplaneSamples.read(name), file: "f").directives)
  }

  @Test(arguments: [
    (
      "simple",
      "events{worker_connections(1024)} http{server{listen(127.0.0.1:8080) server_name(default_server) "
        + "location(/){return(200,foo bar baz)}}}"
    ),
    (
      "with-comments",
      "events{worker_connections(1024)} http{server{listen(127.0.0.1:8080) "
        + "server_name(default_server) location(/){return(200,foo bar baz)}}}"
    ),
    ("comments-between-args", "http{log_format(\\#arg\\ 1,#arg 2)}"),
    ("directive-with-space", "events{} http{map($http_user_agent,$mobile){default(0) ~Opera Mini(1)}}"),
    ("empty-value-map", "events{} http{map(string,$variable){($arg) *.example.com()}}"),
    ("russian-text", "env(русский текст) events{}"),
    ("non-unicode", "http{server{location(/city){return(200,M\u{FFFD}lln\n)}}}"),
    (
      "lua-block-simple",
      "http{init_by_lua_block{} init_worker_by_lua_block{} body_filter_by_lua_block{} "
        + "header_filter_by_lua_block{} server{listen(127.0.0.1:8080) location(/){content_by_lua_block{} "
        + "return(200,foo bar baz)} ssl_certificate_by_lua_block{} location(/a){client_max_body_size(100k) "
        + "client_body_buffer_size(100k)}} upstream(foo){server(127.0.0.1) balancer_by_lua_block{} log_by_lua_block{}}}"
    ),
    ("lua-block-larger", "http{content_by_lua_block{} access_by_lua_block{}}"),
    ("bad-args", "user events{} http{}"),
  ]) func `a sample has the directives that it shows`(name: String, expected: String) throws {
    #expect(try shape(name) == expected)
  }

  @Test func `the messy one is taken apart`() throws {
    let result = NginxParser.parse(try CrossplaneSamples.read("messy"), file: "f")
    #expect(result.problems.isEmpty)
    let http = try #require(result.directives.last?.block)
    #expect(http.map(\.name) == ["access_log", "default_type", "error_log", "server", "server", "server"])
    let locations = try #require(http[4].block).filter { $0.name == "location" }
    #expect(
      locations.map { $0.arguments.last } == [
        "/hello/world;", "/foo", "/bar", "/\\{\\;\\}\\ #\\ ab", "/status.html", "/sta;\n                    tus",
        "/upstream_conf",
      ])
    #expect(result.directives.last?.place.line == 5)
  }

  @Test func `included files stand where their include stood`() throws {
    let invocation = NginxInvocation(configurationFile: "/nginx.conf")
    let globbed = NginxConfiguration(invocation, in: RootFolder("\(CrossplaneSamples.folder)/includes-globbed"))
    let server = { (port: Int) in
      "server{listen(\(port)) location(/foo){return(200,foo)} location(/bar){return(200,bar)}}"
    }
    #expect(NginxText.shape(globbed.directives) == "events{} http{\(server(8080)) \(server(8081))}")
    #expect(globbed.problems.isEmpty)
    #expect(
      globbed.files == [
        "/nginx.conf", "/http.conf", "/servers/server1.conf", "/locations/location1.conf", "/locations/location2.conf",
        "/servers/server2.conf",
      ])

    // bar.conf is missing beside nginx.conf; conf.d/bar.conf is none of its files.
    let regular = NginxConfiguration(invocation, in: RootFolder("\(CrossplaneSamples.folder)/includes-regular"))
    #expect(regular.files == ["/nginx.conf", "/conf.d/server.conf", "/foo.conf"])
    #expect(regular.problems.map(\.place.description) == ["/conf.d/server.conf:5"])
  }

  @Test(arguments: [
    ("broken-above", ["/is-broken", "/not-broken"], 5), ("broken-below", ["/not-broken", "/is-broken"], 8),
  ])
  func `a missing semicolon costs nothing but a problem`(name: String, locations: [String], line: Int) throws {
    let file = "\(CrossplaneSamples.folder)/missing-semicolon/\(name).conf"
    let result = NginxParser.parse(try Descriptor(reading: file).readToEnd(), file: "f")
    #expect(result.problems.map(\.description) == ["f:\(line): no ; before }"])
    let routing = NginxRouting(result.directives)
    #expect(routing.servers.first?.routes.compactMap(\.location) == locations)
    #expect(routing.servers.first?.targets.map(\.host).sorted() == ["is.broken.example", "not.broken.example"])
  }
}
