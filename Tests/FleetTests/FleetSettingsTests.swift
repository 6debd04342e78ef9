import Flows
import Testing

@testable import Fleet

@Suite struct FleetSettingsTests {
  private func settings(_ text: String) throws -> FleetSettings {
    try FleetSettings(parsing: Array(text.utf8), file: "config.yaml")
  }

  @Test func `hosts, their options and addresses, and sets are read`() throws {
    let found = try settings(
      """
      # ours
      hosts:
        - name: s750
          ssh: root@10.0.7.248
          ssh_options: ["-o", "StrictHostKeyChecking=accept-new"]
          public_addresses: { "203.0.113.10": "10.12.32.13", 2001:db8::1: "fd00::1" }
        - name: web            # by its alias
        - { ssh: backup@10.0.0.9 }
      sets:
        office: [198.51.100.0/24, 2001:db8::/32]
        home: 192.0.2.1
      """)
    #expect(found.hosts.map(\.name) == ["s750", "web", "backup@10.0.0.9"])
    #expect(found.hosts.map(\.destination.description) == ["root@10.0.7.248", "web", "backup@10.0.0.9"])
    #expect(found.hosts[0].options.arguments == ["-o", "StrictHostKeyChecking=accept-new"])
    #expect(found.hosts[0].publicAddresses[try #require(IPAddress("203.0.113.10"))] == IPAddress("10.12.32.13"))
    #expect(found.hosts[0].publicAddresses[try #require(IPAddress("2001:db8::1"))] == IPAddress("fd00::1"))
    #expect(found.sets["office"] == [Prefix("198.51.100.0/24"), Prefix("2001:db8::/32")].compactMap { $0 })
    #expect(found.sets["home"] == [Prefix("192.0.2.1/32")].compactMap { $0 })
    #expect(found.notes.isEmpty)
  }

  @Test(arguments: ["", "# nothing\n", "hosts:\n", "hosts: []\nsets: {}\n", "---\n", "hosts: ~\n"])
  func `there may be nothing in it`(text: String) throws { #expect(try settings(text) == FleetSettings()) }

  @Test func `unknown keys are said with their lines, and passed over`() throws {
    let found = try settings("hosts:\n  - name: a\n    colour: red\nhost: x\n")
    #expect(found.hosts.count == 1)
    #expect(found.notes.count == 2)
    #expect(found.notes[0].hasPrefix("config.yaml:3: unknown key colour ignored"))
    #expect(found.notes[1].hasPrefix("config.yaml:4: unknown key host ignored"))
  }

  @Test(arguments: [
    ("hosts: web\n", 1, "expected a list"), ("hosts:\n  - web\n", 2, "expected keys with values"),
    ("hosts:\n  - name: a\n  - name: a\n", 3, "two hosts are called a"),
    ("hosts:\n  - name: [a]\n", 2, "expected a word"), ("hosts:\n  - public_addresses: {}\n", 2, "has no name"),
    ("hosts:\n  - name: a\n    ssh: -oProxyCommand=x\n", 3, "can't begin with -"),
    ("hosts:\n  - name: a\n    ssh_options: -p 22\n", 3, "expected a list"),
    ("hosts:\n  - name: a\n    ssh_options: [web]\n", 3, "not an option"),
    ("hosts:\n  - name: a\n    public_addresses: { x: 10.0.0.1 }\n", 3, "not a pair of addresses"),
    ("hosts:\n  - name: a b\n", 2, "spaces"), ("sets:\n  office: [10.0.0.0/33]\n", 2, "not an address or prefix"),
    ("sets: [a]\n", 1, "expected keys with values"), ("- a\n", 1, "expected keys with values"),
    ("hosts:\n\t- name: a\n", 2, "not YAML"), ("hosts: [\n", 2, "not YAML"), ("hosts: &a *b\n", 1, ""),
    ("hosts: []\nhosts: []\n", 2, "twice"), ("sets:\n  a: \"x\n", 0, "not YAML"),
  ]) func `an error says file, line and what to write`(text: String, line: Int, words: String) {
    let error = #expect(throws: SettingsError.self, "\(text)") { try settings(text) }
    guard let error else { return }
    if line > 0 { #expect(error.line == line, "\(error)") }
    #expect("\(error)".hasPrefix("config.yaml"))
    #expect(words.isEmpty || error.problem.contains(words), "\(error)")
  }

  @Test func `an alias stands for what it names, a bounded number of times`() throws {
    let found = try settings(
      """
      hosts:
        - { name: a, ssh_options: &jump [-J, door] }
        - { name: b, ssh_options: *jump }
      """)
    #expect(found.hosts.map(\.options.arguments) == [["-J", "door"], ["-J", "door"]])
    let laughs = (1..<30).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }.joined()
    let error = #expect(throws: SettingsError.self) { try settings("a0: &a0 [x, x]\n" + laughs) }
    #expect(error?.problem.contains("too many values") == true)
    #expect(throws: SettingsError.self) { try settings("hosts: []\n---\nhosts: []\n") }
  }

  @Test func `hostile files are refused in time`() {
    let hostile: [[UInt8]] = [
      [0xFF, 0xFE, 0x00], Array("a: \0".utf8), Array(repeating: UInt8(ascii: "["), count: 500_000),
      Array(String(repeating: "- ", count: 200_000).utf8), Array(String(repeating: "{a: ", count: 100_000).utf8),
      Array((0..<2000).map { String(repeating: " ", count: $0) + "a:\n" }.joined().utf8),
      Array((0..<2000).map { "\(String(repeating: " ", count: $0))-\n" }.joined().utf8),
    ]
    for bytes in hostile {
      #expect(throws: SettingsError.self) { try FleetSettings(parsing: bytes, file: "f") }
    }
  }

  @Test func `a host is named by its settings or directly`() throws {
    let found = try settings("hosts:\n  - name: a\n    ssh: root@10.0.0.1\n  - name: b\n")
    #expect(try found.hosts(named: []).map(\.name) == ["a", "b"])
    #expect(try found.hosts(named: ["a", "me@x", "a"]).map(\.destination.description) == ["root@10.0.0.1", "me@x"])
    #expect(throws: SSHArgumentError.self) { try found.hosts(named: ["-x"]) }
  }
}
