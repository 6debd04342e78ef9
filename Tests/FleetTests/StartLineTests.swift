import Testing

@testable import Fleet

@Suite struct StartLineTests {
  private func line(_ text: String) -> StartLine? { StartLine(parsing: Array(text.utf8)) }

  @Test func `the line before the probe's own says how it was started`() throws {
    guard
      case .start(let start) = try #require(
        line("headwater-start arch=x86_64 uid=1000 root=sudo checked=digest copied=yes place=/home/a b=c/.cache"))
    else { throw Unexpected() }
    #expect(start.architecture == "x86_64" && start.userID == 1000 && start.privileges == .sudo)
    #expect(start.check == .digest && start.isCopied && start.place == "/home/a b=c/.cache")
  }

  @Test func `the file is asked for with its place`() {
    #expect(
      line("headwater-need arch=aarch64 uid=0 number=2 place=/tmp/headwater-0")
        == .need(architecture: "aarch64", number: 2, place: "/tmp/headwater-0"))
    #expect(
      line("headwater-failed number=1 place=/x: No space left") == .failed(number: 1, reason: "/x: No space left"))
    #expect(line("headwater-unsupported arch=riscv64") == .unsupported(architecture: "riscv64"))
    #expect(line("headwater-note mkdir: no = way") == .note("mkdir: no = way"))
    #expect(line("headwater-noplace arch=x86_64") == .noPlace)
    #expect(line("headwater-removed number=3") == .removed(3))
  }

  @Test(arguments: [
    "", "headwater-", "headwater-start", "headwater-start uid=x root=no checked=digest place=/", "Welcome!",
    "headwater-start uid=1 root=maybe checked=digest place=/", "headwater-start uid=-1 root=no checked=digest place=/",
    "headwater-start uid=1 root=no checked=digest", "headwater-need number=99 place=/", "headwater-need place=/",
    "headwater-removed number=-1", "headwater-removed number=99999999999999999999", " headwater-noplace",
    "headwater-start uid=1 root=none checked=luck place=/",
  ]) func `what a login prints is passed over`(text: String) { #expect(line(text) == nil) }

  @Test func `bytes that are no text, and lines without end, are passed over`() {
    #expect(StartLine(parsing: [0xFF, 0, 0xC3]) == nil)
    #expect(StartLine(parsing: Array("headwater-note ".utf8) + [0xFF]) == .note("\u{FFFD}"))
    #expect(StartLine(parsing: Array("headwater-note ".utf8) + Array(repeating: 0x61, count: 8192)) == nil)
  }

  /// The script goes through login shells of every kind, inside single quotes.
  @Test func `the script holds nothing that shells read differently`() throws {
    for command in [StartScript.start([]), StartScript.remove] {
      let parts = command.split(separator: "'", omittingEmptySubsequences: false)
      #expect(parts.count == 3)
      #expect(!command.contains { "\\!\n\r".contains($0) })
      #expect(command.utf8.count < 8192)
    }
  }

  private struct Unexpected: Error {}
}
