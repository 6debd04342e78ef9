import Foundation
import LinuxSystem
import Testing

@testable import Proxies

@Suite struct ApacheConfigurationTests {
  private func read(
    _ files: [String: String], links: [String: String] = [:], variables: [String: String] = [:]
  ) throws -> ApacheConfiguration {
    let folder = "/tmp/headwater-apache-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for (name, text) in files {
      let file = URL(filePath: "\(folder)/etc/apache2/\(name)")
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    for (name, target) in links {
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/etc/apache2/\(name)", withDestinationPath: target)
    }
    return ApacheConfiguration(
      "/etc/apache2/apache2.conf", folder: "/etc/apache2", variables: variables, in: RootFolder(folder))
  }

  @Test func `virtual hosts have names, logs and targets, through includes, variables and joined lines`() throws {
    let found = try read(
      [
        "apache2.conf": """
        Define LOGS /srv/logs
        # ServerName none.example.com
        ServerName main.example.com:80
        CustomLog "${LOGS}/main.log" combined
        IncludeOptional sites-enabled/*.conf
        IncludeOptional nothing/*.conf
        Include conf.d
        """,
        "sites-enabled/a.conf": """
        <VirtualHost *:80 [::]:80>
          ServerName https://A.example.com:443
          ServerAlias www.a.example.com \\
            b.example.com
          CustomLog "|/usr/bin/rotatelogs /x 86400" combined
          CustomLog logs/a.log combined
          TransferLog ${APACHE_LOG_DIR}/t.log
          <Location />
            ProxyPass http://10.0.0.5:3000/
          </Location>
        </VirtualHost>
        <VirtualHost *:81>
          ServerName c.example.com
          RewriteRule ^/(.*)$ http://10.0.0.6/$1 [P,L]
          RewriteRule ^/x$ https://else.example.com/ [R]
        </VirtualHost>
        """,
        "sites-enabled/b.conf.off": "<VirtualHost *>\nServerName off.example.com\n</VirtualHost>",
        "conf.d/z.conf": "<VirtualHost *:82>\nServerName z.example.com\n</VirtualHost>",
      ], variables: ["APACHE_LOG_DIR": "/var/log/apache2"])
    #expect(found.main.names == ["main.example.com"] && found.main.logs == ["/srv/logs/main.log"])
    #expect(found.hosts.map(\.names.first) == ["a.example.com", "c.example.com", "z.example.com"])
    #expect(found.hosts[0].names == ["a.example.com", "www.a.example.com", "b.example.com"])
    #expect(found.hosts[0].logs == ["/etc/apache2/logs/a.log", "/var/log/apache2/t.log"])
    #expect(found.hosts[0].targets == ["http://10.0.0.5:3000/"] && found.hosts[1].targets == ["http://10.0.0.6/$1"])
    #expect(found.hosts[0].place == "/etc/apache2/sites-enabled/a.conf:2")
    // A host without a log of its own writes into the main server's.
    #expect(found.hosts[1].logs == ["/srv/logs/main.log"] && found.problems.isEmpty)
  }

  @Test func `a loop of includes, torn sections and what is missing end`() throws {
    let found = try read([
      "apache2.conf": "Include apache2.conf\nInclude gone.conf\n<VirtualHost *\nServerName\nCustomLog\n${x\n\"torn"
    ])
    #expect(found.hosts.isEmpty && found.problems.contains { $0.contains("gone.conf") })
    #expect(found.problems.contains { $0.contains("include each other too deep") }, "\(found.problems)")
  }

  @Test(arguments: [
    ("*.conf", ["a.conf", "b1.conf", "b2.conf"]), ("b?.conf", ["b1.conf", "b2.conf"]), ("b[1-1].conf", ["b1.conf"]),
    ("b[!1].conf", ["b2.conf"]), ("b[^2].conf", ["b1.conf"]), ("[ab]*", ["a.conf", "b1.conf", "b2.conf"]),
    (".*", [".hidden.conf"]), ("[.]hidden.conf", []), ("a[.conf", []), (#"\a.conf"#, []), ("a\\.conf*", ["a.conf"]),
    ("[]a].conf", ["a.conf"]), ("[z-a]*", []), ("*c*o*n*f", ["a.conf", "b1.conf", "b2.conf"]),
  ]) func `a pattern names what Apache would include`(_ pattern: String, _ names: [String]) throws {
    let site = { (name: String) in "<VirtualHost *:80>\nServerName \(name)\n</VirtualHost>\n" }
    var files = ["apache2.conf": "IncludeOptional sites/\(pattern)\n"]
    for name in ["a.conf", "b1.conf", "b2.conf", ".hidden.conf"] { files["sites/\(name)"] = site(name) }
    #expect(try read(files).hosts.flatMap(\.names).sorted() == names)
  }

  @Test func `hostile patterns and limits end soon, and what is left out is said`() throws {
    var files: [String: String] = [:]
    // A link that leads in a circle makes a tree without end of two folders.
    let deep = String(repeating: "/*", count: 4000)
    let stars = String(repeating: "*a", count: 2000)
    files["apache2.conf"] =
      "ServerName first.example.com\n" + String(repeating: "IncludeOptional /etc/apache2\(deep)\n", count: 100)
      + String(repeating: "IncludeOptional /etc/apache2/\(stars)b\n", count: 100)
      + String(repeating: "IncludeOptional /etc/apache2/[\(stars)\n", count: 100)
      + "ServerAlias " + (0..<1200).map { "n\($0).example.com" }.joined(separator: " ") + "\n"
    files["loop/" + String(repeating: "a", count: 250)] = ""
    for number in 0..<40 { files["loop/x\(number)"] = "" }
    let begin = ContinuousClock.now
    let found = try read(files, links: ["loop/again": ".", "loop/more": "."])
    #expect(ContinuousClock.now - begin < .seconds(60))
    #expect(found.problems.contains { $0.contains("names too many files") }, "\(found.problems)")
    #expect(found.problems.contains { $0.contains("too many names") } && found.problems.count <= 100)
    // Too many files: none is passed over without a word.
    var many = ["apache2.conf": "Include sites/*.conf\n"]
    for number in 0..<2100 { many["sites/\(number).conf"] = "" }
    #expect(try read(many).problems.contains { $0.contains("names too many files") })
    let lines = (0..<2100).map { "IncludeOptional one\($0 % 2).conf" }.joined(separator: "\n")
    let again = try read(["apache2.conf": lines, "one0.conf": "", "one1.conf": ""])
    #expect(again.problems.contains { $0.contains("too many files") }, "\(again.problems)")
    let long = try read(["apache2.conf": String(repeating: "# nothing\n", count: 500_000)])
    #expect(long.problems.contains { $0.contains("is too large") }, "\(long.problems)")
  }
}
