import Testing

@testable import Fleet

@Suite struct SSHArgumentTests {
  @Test(arguments: [
    "web", "root@10.0.7.248", "ssh://root@web:2222", "fe80::1%eth0", "user@[2001:db8::1]", "a.b-c_d", "DOM\u{2024}x",
  ]) func `what ssh takes is taken`(text: String) throws {
    #expect(try SSHDestination(text).description == text)
  }

  @Test(arguments: [
    "", "-oProxyCommand=reboot", "root@-oProxyCommand=reboot", "a b", "a\nb", "a;b", "a$(reboot)", "`a`", "a|b", "a&b",
    "a'b", "a\"b", "a\\b", "\u{0}", "root@", "a>b", String(repeating: "a", count: 513),
  ]) func `what could become an option or a command is refused`(text: String) {
    #expect(throws: SSHArgumentError.self) { try SSHDestination(text) }
  }

  @Test(arguments: [
    [], ["-p", "2222"], ["-p2222"], ["-o", "StrictHostKeyChecking=accept-new"], ["-oUser=x", "-4"], ["-J", "jump"],
    ["-i", "-strange-name", "-C"], ["-4C"], ["-o", "ConnectTimeout 30"],
  ]) func `options of ssh are passed on`(words: [String]) throws {
    #expect(try SSHOptions(words).arguments == words)
  }

  @Test(arguments: [
    ["web"], ["-p"], ["-p", "1", "web"], ["--"], ["-"], ["-t"], ["-f"], ["-N"], ["-W", "a:1"], ["-L", "1:a:1"],
    ["-o", "BatchMode=no"], ["-oControlPath=/x"], ["-o", "controlmaster no"], ["-o", "RemoteCommand=reboot"],
    ["-4N"], ["-p", "1\u{0}"],
  ]) func `arguments that would take the connection away are refused`(words: [String]) {
    #expect(throws: SSHArgumentError.self) { try SSHOptions(words) }
  }
}
