import Foundation
import LinuxSystem
import Testing

@testable import Proxies

@Suite struct ApacheConfigurationTests {
  private func read(_ files: [String: String], variables: [String: String] = [:]) throws -> ApacheConfiguration {
    let folder = "/tmp/headwater-apache-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for (name, text) in files {
      let file = URL(filePath: "\(folder)/etc/apache2/\(name)")
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
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
  }
}
