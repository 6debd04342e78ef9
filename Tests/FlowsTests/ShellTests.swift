import Flows
import Foundation
import Testing

@Suite struct ShellTests {
  static let hostile = [
    "a b", "$(reboot)", "`id`", "it's", "''", "'", "a;b", "a&b", "a|b", "a>b", "*", "?", "[x]", "{a,b}", "~root",
    "=ls", "#x", "!!", "\"", "\\", "a\\", "$HOME", "(x)", "", " ", "é", "日本", "a=b", "x:y", "%s", "-",
  ]

  /// The words that sh(1) makes of a line.
  private func words(_ line: String) throws -> [String] {
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = ["-c", "set -- \(line)\nfor word in \"$@\"; do printf '%s\\0' \"$word\"; done"]
    let output = Pipe()
    shell.standardOutput = output
    try shell.run()
    let content = output.fileHandleForReading.readDataToEndOfFile()
    shell.waitUntilExit()
    return content.split(separator: 0, omittingEmptySubsequences: false).dropLast()
      .map { String(decoding: $0, as: UTF8.self) }
  }

  @Test(arguments: hostile) func `a shell reads back the word that was meant`(text: String) throws {
    let word = try #require(ShellWord(text))
    #expect(try words("before \(word) after") == ["before", text, "after"])
    #expect(ShellWord(Array(text.utf8)) == word)
  }

  @Test func `a plain word stays as it is`() {
    for text in ["web", "/etc/haproxy/haproxy.cfg", "tcp_80-x.y", "a@b:22", "1%", "x,y", "A+B"] {
      #expect(ShellWord(text)?.description == text)
    }
    #expect(ShellWord("it's")?.description == #"'it'\''s'"#)
    #expect(ShellWord("")?.description == "''")
  }

  @Test(arguments: [
    "a\nb", "a\rb", "\u{1B}[2J", "\u{0}", "\u{7F}", "\u{85}", "\u{9B}31m", "a\u{202E}b", "\u{2066}", "a\u{200B}b",
    "\u{FEFF}", "\u{2028}", "\u{FFFD}", "a\u{A0}b", "\u{3000}", "\u{E000}", "\t",
  ]) func `what a terminal acts on or nobody sees can't stand in a line`(text: String) {
    #expect(ShellWord(text) == nil)
    let command: ShellCommand = "cat \(text)"
    #expect(command.text == nil)
  }

  @Test func `bytes that are no text can't stand in a line`() {
    #expect(ShellWord([0x61, 0xFF]) == nil)
    #expect(ShellWord([0xC0, 0xAF]) == nil)
    #expect(ShellWord([0xC3, 0xA9])?.description == "'é'")
  }

  @Test func `an operand is no option`() {
    #expect(ShellWord(operand: "-rf") == nil && ShellWord("-rf")?.description == "-rf")
    #expect(ShellWord(operand: "a-b")?.description == "a-b")
    let (name, pid) = ("-x", Int32(7))
    let refused: ShellCommand = "docker inspect \(name)"
    #expect(refused.text == nil)
    let address: ShellCommand = "nc \(IPAddress.v6(1)) \(UInt16(80)) # \(pid)"
    #expect(address.text == "nc ::1 80 # 7")
  }

  @Test(arguments: hostile.filter { $0 != "-" }) func `a command is as safe as its words`(text: String) throws {
    let inner: ShellCommand = "cat \(text)"
    let line: ShellCommand = "printf \(inner) | sed -n 2p"
    let shown = try #require(line.text)
    let word = try #require(ShellWord(text))
    #expect(shown == "printf cat \(word) | sed -n 2p")
    let broken = "a\n"
    let whole: ShellCommand = "x \(inner) \(broken) y"
    #expect(whole.text == nil)
  }
}
