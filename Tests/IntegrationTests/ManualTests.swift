import Foundation
import Glibc
import Lab
import Testing

/// What a package has besides the program: manual pages and completions, made out of the program's own help.
@Suite(.requires([Requirement.built("headwater"), .program("python3")])) struct ManualTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../..").standardizedFileURL.path

  private func withManuals(_ body: (String) throws -> Void) throws {
    let temporary = try TemporaryFolder()
    guard chmod(temporary.path, 0o777) == 0 else { throw LabError("chmod \(temporary.path)") }
    _ = try ExamplePage.run(
      "HEADWATER_DATE=2026-01-01 '\(Self.root)/Support/manuals' headwater out", in: temporary.path)
    try body("\(temporary.path)/out")
  }

  @Test(.requires(.program("mandoc"))) func `every command has a manual page that mandoc has nothing to say against`()
    throws
  {
    try withManuals { folder in
      let help = try ExamplePage.run("headwater --help", in: "/")
      let commands = try #require(help.components(separatedBy: "SUBCOMMANDS:").last).split(separator: "\n")
        .filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") && !$0.hasPrefix("  See ") }.compactMap {
          $0.split(separator: " ").first
        }
      #expect(commands.count >= 11)
      for command in commands {
        let page = try String(contentsOfFile: "\(folder)/man/headwater-\(command).1", encoding: .utf8)
        for part in [".SH NAME", ".SH SYNOPSIS", ".SH OPTIONS", ".SH EXIT STATUS"] { #expect(page.contains(part)) }
      }
      let complaints = try ExamplePage.run("mandoc -T lint -W warning '\(folder)'/man/*.1 || true", in: "/")
      #expect(complaints.isEmpty, "\(complaints)")
      // Bold letters are written twice, with a backspace between.
      let trace = try ExamplePage.run("mandoc -T ascii '\(folder)/man/headwater-trace.1'", in: "/")
        .replacing(/.\u{8}/, with: "")
      #expect(trace.contains("--evidence") && trace.contains("Show each hop's evidence"))
    }
  }

  @Test func `shells can read the completions`() throws {
    try withManuals { folder in
      for shell in ["bash", "zsh", "fish"] {
        let check = "if command -v \(shell) >/dev/null; then \(shell) -n '\(folder)/completions/\(shell)'; fi"
        #expect(try ExamplePage.run(check, in: "/") == "")
        let text = try String(contentsOfFile: "\(folder)/completions/\(shell)", encoding: .utf8)
        #expect(text.contains("evidence") && text.contains("---completion"))
      }
    }
  }

  @Test func `targets are completed, and no name that a shell would run`() throws {
    let temporary = try TemporaryFolder()
    let settings = "\(temporary.path)/headwater"
    try FileManager.default.createDirectory(atPath: settings, withIntermediateDirectories: true)
    try """
    hosts:
      - name: alpha
        ssh: root@192.0.2.1
        # Whoever may choose a name must not choose a command.
      - name: "a$(id)"
        ssh: root@192.0.2.2
    """.write(toFile: "\(settings)/config.yaml", atomically: true, encoding: .utf8)
    guard chmod(temporary.path, 0o755) == 0 else { throw LabError("chmod \(temporary.path)") }
    let words = try ExamplePage.run(
      "XDG_CONFIG_HOME='\(temporary.path)' headwater ---completion trace -- positional@0 0 0 headwater trace '' 2>/dev/null || true",
      in: "/"
    ).split(separator: "\n")
    #expect(words.contains("lo") && words.contains("cloudflare") && words.contains("alpha:"), "\(words)")
    #expect(words.allSatisfy { $0.allSatisfy { $0.isLetter || $0.isNumber || "._-:@".contains($0) } }, "\(words)")
  }
}
