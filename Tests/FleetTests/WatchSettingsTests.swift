import Testing

@testable import Fleet

/// `watch:` in the settings.
@Suite struct WatchSettingsTests {
  private func settings(_ text: String) throws -> FleetSettings {
    try FleetSettings(parsing: Array(text.utf8), file: "config.yaml")
  }

  @Test func `the folder and the limits are read`() throws {
    let watch = try settings("watch:\n  store: /srv/history\n  keep: { size: 2G, days: 7 }\n").watch?.get()
    #expect(watch?.store == "/srv/history" && watch?.bytes == 2_000_000_000 && watch?.days == 7)
    #expect(try settings("hosts:\n").watch == nil)
    #expect(try settings("watch:\n").watch?.get() == WatchSettings())
  }

  @Test(arguments: [
    ("watch:\n  store: /srv\n  stroe: /srv\n", 3), ("watch:\n  keep:\n    size: 512M\n    dyas: 3\n", 4),
    ("watch:\n  store: relative\n", 2), ("watch:\n  keep: { size: much }\n", 2), ("watch:\n\n  keep: { days: 0 }\n", 3),
    ("hosts: []\nwatch: [1]\n", 2), ("watch:\n  keep: { size: 99999999999999999999G }\n", 2),
    ("watch:\n  rules:\n    - { above: 90 % }\n", 2),
  ]) func `what can't be meant is an error with its line, and other commands go on`(_ text: String, _ line: Int) throws
  {
    let read = try settings(text)
    #expect {
      _ = try read.watch?.get()
    } throws: {
      ($0 as? SettingsError)?.line == line && ($0 as? SettingsError)?.code == .malformed
    }
  }
}
