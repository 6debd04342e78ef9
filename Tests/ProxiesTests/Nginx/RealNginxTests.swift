import Flows
import Glibc
import Lab
import LinuxSystem
import Testing

@testable import Proxies

/// Against a real nginx on a test host.
@Suite(.requires(Nginx.streamRequirements)) struct RealNginxTests {
  @Test func `the files are those of nginx -T, and the answering server is the one we say`() throws {
    let host = try TestHost("proxy")
    defer { host.stop() }
    try host.output(of: ["mkdir", "-p", "/etc/proxy/conf.d", "/etc/proxy/sites", "/etc/proxy/snippets", "/var/proxy"])
    // The real folder is reached through an absolute link that means something only in the host's own root.
    try host.output(of: ["sh", "-c", "rm -rf /var/proxy/conf && ln -s /etc/proxy /var/proxy/conf"])
    let root = "/var/proxy/conf"
    let configuration = """
      load_module modules/ngx_stream_module.so;
      user root;
      events {}
      http { include conf.d/*.conf; include sites/*; include \(root)/none/*.conf; }
      stream { server { listen 9000; include snippets/stream.conf; } }
      """
    let answers = { (names: String, text: String) in
      "server { listen 8080; server_name \(names); access_log off; return 200 '\(text)'; }\n"
    }
    let nginx = try Nginx(
      configuration, on: host, file: "\(root)/nginx.conf",
      files: [
        "\(root)/conf.d/B.conf": answers("b.example *.b.example", "B"),
        "\(root)/conf.d/a-1.conf": "include snippets/server.conf;\n" + answers("~^a\\d+\\.example$", "a"),
        "\(root)/conf.d/_first.conf": "log_format own '$status';",
        "\(root)/conf.d/.hidden.conf": "nonsense",
        "\(root)/conf.d/unused": "nonsense",
        "\(root)/sites/10": answers("www.* .c.example", "c") + "include snippets/server.conf;",
        "\(root)/sites/9": answers("d.example 'e.example' \"\"", "d"),
        "\(root)/snippets/server.conf": "# nothing\n",
        "\(root)/snippets/stream.conf": "proxy_pass 127.0.0.1:8080;",
      ])
    defer { nginx.stop() }
    let expected = try Nginx.files(of: "\(root)/nginx.conf", on: host)
    #expect(expected.count == 8)

    // From a worker, through its own root, as a process of another host would be read.
    let worker = try #require(nginx.workers.first)
    let read = try #require(NginxConfiguration(of: worker))
    #expect(read.files == expected)
    #expect(read.problems.isEmpty)
    let master = try #require(nginx.master)
    #expect(NginxConfiguration(of: master)?.files == expected)

    let routing = NginxRouting(read)
    let endpoint = try #require(Endpoint("127.0.0.1:8080"))
    for name in [
      "b.example", "x.b.example", "B.Example", "a12.example", "a.example", "www.anything", "c.example", "x.y.c.example",
      "d.example", "e.example", "nobody.example", "www.b.example", "d.example.",
    ] {
      let said = try host.output(of: [
        "python3", "-c",
        "import http.client, sys; c = http.client.HTTPConnection('127.0.0.1', 8080); c.putrequest('GET', '/', True);"
          + "c.putheader('Host', sys.argv[1]); c.endheaders(); print(c.getresponse().read().decode(), end='')", name,
      ])
      let match = try #require(routing.server(accepting: endpoint, host: name))
      #expect(match.server.routes.first?.answer == "200 \(said)", "\(name)")
      #expect(match.undecided.isEmpty)
    }
    let reach = routing.upstreams(reaching: endpoint)
    #expect(reach.map(\.server.isStream) == [true])
    #expect(reach.first?.place.description == "\(root)/snippets/stream.conf:1")
  }
  @Test func `the distribution's own configuration has the files of nginx -T`() throws {
    let host = try TestHost("plain")
    defer { host.stop() }
    let file = "/etc/nginx/nginx.conf"
    try host.output(of: ["test", "-e", file])
    let read = NginxConfiguration(in: RootFolder(ofProcess: host.pid))
    #expect(read.files == (try Nginx.files(of: file, on: host)))
    #expect(read.problems.isEmpty)
    #expect(read.files.contains("/etc/nginx/mime.types"))
  }
}
