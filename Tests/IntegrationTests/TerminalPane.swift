import Foundation
import Lab
import Testing

/// A terminal with a shell in it, drawn by tmux.
struct TerminalPane {
  let host: TestHost

  init(_ host: TestHost, columns: Int = 120, rows: Int = 32) throws {
    self.host = host
    try host.output(of: [
      "tmux", "-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "bash --norc",
    ])
    try waitFor("#")
  }

  var text: String {
    get throws { try host.output(of: ["tmux", "capture-pane", "-p"]) }
  }

  /// Types; `Enter` and `Escape` are keys.
  func type(_ keys: String...) throws { try host.output(of: ["tmux", "send-keys"] + keys) }

  func waitFor(_ words: String...) throws {
    try waitUntil("a screen with \(words)", every: 30_000, detail: { (try? text) ?? "" }) {
      let text = try text
      return words.allSatisfy(text.contains)
    }
  }

  /// `tmux display-message -p FORMAT`: what the terminal itself knows of its state.
  func state(_ format: String) throws -> String {
    try host.output(of: ["tmux", "display-message", "-p", format]).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  func start(_ options: String = "") throws {
    try type("\(Executables.path()) top --interval 0.3 \(options); echo \"status $?.\"", "Enter")
    try waitFor("by process")
  }

  /// Whether the shell's screen, cursor and line editing are back.
  func checkRestored(status: Int) throws {
    try waitFor("status \(status).")
    #expect(try state("#{alternate_on} #{cursor_flag} #{mouse_any_flag}") == "0 1 0")
    try type("stty -a | tr ';' '\\n'; echo end''ed", "Enter")
    try waitFor("ended")
    let modes = try text.split(whereSeparator: \.isWhitespace)
    for mode in ["icanon", "echo", "isig", "icrnl", "opost"] { #expect(modes.contains(Substring(mode)), "\(mode)") }
  }
}
