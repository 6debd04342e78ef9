import Flows
import Testing

@testable import Programs
@testable import Proxies

@Suite struct NginxConfigurationTests {
  @Test func `includes are relative to the configuration's folder, in byte order, hidden files left out`() {
    let configuration = NginxText.configuration([
      "/etc/nginx/nginx.conf": "http { include conf.d/*.conf; include /srv/[a-b]?.conf; include none/*.conf; }",
      "/etc/nginx/conf.d/b.conf": "b;", "/etc/nginx/conf.d/B.conf": "B;", "/etc/nginx/conf.d/a.conf": "a;",
      "/etc/nginx/conf.d/.hidden.conf": "hidden;", "/etc/nginx/conf.d/c.conf.bak": "bak;",
      "/srv/a1.conf": "a1;", "/srv/c1.conf": "c1;", "/srv/b.conf": "b0;",
    ])
    #expect(NginxText.shape(configuration.directives) == "http{B a b a1}")
    #expect(configuration.problems.isEmpty)
    #expect(
      configuration.directives.first?.block?[1].place == ConfigurationLine(file: "/etc/nginx/conf.d/a.conf", line: 1))
    #expect(
      configuration.includes.map(\.pattern) == [
        "/etc/nginx/conf.d/*.conf", "/srv/[a-b]?.conf", "/etc/nginx/none/*.conf",
      ])
  }

  @Test func `a missing file and a loop are problems with file and line`() {
    let configuration = NginxText.configuration([
      "/etc/nginx/nginx.conf": "http {\n include missing.conf;\n include a.conf;\n}\nlast;",
      "/etc/nginx/a.conf": "one;\ninclude b.conf;\ntwo;", "/etc/nginx/b.conf": "\n\ninclude a.conf;",
    ])
    #expect(NginxText.shape(configuration.directives) == "http{one two} last")
    #expect(configuration.problems.map(\.place.description) == ["/etc/nginx/nginx.conf:2", "/etc/nginx/b.conf:3"])
    #expect(configuration.problems.last?.text == "include loop: /etc/nginx/a.conf includes itself")
  }

  @Test func `files that multiply are bounded`() {
    var texts: [String: String] = [:]
    for level in 0..<40 {
      texts["/f\(level)"] = String(repeating: "include /f\(level + 1);\n", count: 10)
    }
    texts["/f40"] = "x;"
    texts["/etc/nginx/nginx.conf"] = "include /f0;"
    let configuration = NginxText.configuration(texts)
    #expect(configuration.problems.contains { $0.text.hasSuffix("the rest is left out") })
  }

  @Test(arguments: [
    (["nginx: master process nginx -g daemon off;"], "/etc/nginx/nginx.conf", "/etc/nginx", "daemon off;"),
    (
      ["nginx: master process /usr/sbin/nginx -c /a.conf -g daemon off; pid /x; -p /srv"], "/a.conf", "/srv",
      "daemon off; pid /x;"
    ),
    (
      ["nginx", "-g", "daemon off; user root;", "-tqc", "b.conf", "-p/srv/"], "/srv/b.conf", "/srv/",
      "daemon off; user root;"
    ),
    (["nginx: master process nginx"], "/etc/nginx/nginx.conf", "/etc/nginx", nil),
  ]) func `the master's command line says which configuration`(
    command: [String], file: String, prefix: String, directives: String?
  ) throws {
    let process = Process(pid: 7, name: "nginx", executable: "/usr/sbin/nginx", command: command)
    let invocation = try #require(NginxInvocation(process: process))
    #expect(invocation.resolvedFile == file)
    #expect(invocation.resolvedPrefix == prefix)
    #expect(invocation.directives == directives)
  }

  @Test func `a worker reads what its master was told`() throws {
    let worker = Process(
      pid: 8, name: "nginx", executable: "/usr/sbin/nginx", command: ["nginx: worker process"])
    let master = Process(
      pid: 7, name: "nginx", executable: "/usr/sbin/nginx", command: ["nginx: master process nginx -c /x/y.conf"])
    #expect(NginxInvocation(process: worker, parent: master)?.resolvedFile == "/x/y.conf")
    let shell = Process(pid: 7, name: "sh", executable: "/bin/dash", command: ["sh", "-c", "/z"])
    #expect(NginxInvocation(process: worker, parent: shell)?.resolvedFile == "/etc/nginx/nginx.conf")
    #expect(NginxInvocation(process: shell, parent: nil) == nil)
  }

  @Test func `where OpenResty was installed decides its file`() {
    let process = Process(
      pid: 7, name: "nginx", executable: "/usr/local/openresty/nginx/sbin/nginx",
      command: ["nginx: master process /usr/local/openresty/bin/openresty -g daemon off;"])
    #expect(
      NginxInvocation(process: process)?.resolvedFile == "/usr/local/openresty/nginx/conf/nginx.conf")
  }

  @Test func `directives of the command line come first`() {
    var invocation = NginxInvocation(directives: "daemon off; worker_processes 2;")
    invocation.configurationFile = "/n.conf"
    let configuration = NginxConfiguration(invocation, in: NginxText.files(["/n.conf": "events {}"]))
    #expect(NginxText.shape(configuration.directives) == "daemon(off) worker_processes(2) events{}")
    #expect(configuration.directives.first?.place.file == "command line")
  }
}

@Suite struct PathPatternTests {
  @Test(arguments: [
    ("*.conf", "a.conf", true), ("*.conf", ".a.conf", false), ("?", "a", true), ("?", "ab", false),
    ("server_proxy[.]conf", "server_proxy.conf", true), ("server_proxy[.]conf", "server_proxyxconf", false),
    ("[!a-c]x", "dx", true), ("[!a-c]x", "bx", false), ("[]x]", "]", true), ("[a", "[a", true),
    ("a*b*c", "aXbYbZc", true),
    ("a\\*", "a*", true), ("a\\*", "ab", false), ("*a*a*a*a*a*a*a*a*b", String(repeating: "a", count: 500), false),
  ]) func `a name fits as fnmatch says`(pattern: String, name: String, fits: Bool) {
    #expect(PathPattern.matches(Array(name.utf8), Array(pattern.utf8)) == fits)
  }
}
