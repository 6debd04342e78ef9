import Foundation
import Glibc
import Lab
import Testing

/// What `make demo` runs.
@Suite(.requires(StoryA.requirements + [.built("headwater"), .built("headwater-demo")]), .serialized)
struct DemoTests {
  private struct Demo {
    let process = Process()
    private let output = Pipe()
    private let errors = Pipe()

    init() throws {
      process.executableURL = URL(fileURLWithPath: Executables.path("headwater-demo"))
      process.standardOutput = output
      process.standardError = errors
      try process.run()
    }

    /// Reads up to a line with `text`.
    func wait(for text: String) -> String {
      var said = ""
      while !said.contains(text) {
        let data = output.fileHandleForReading.availableData
        if data.isEmpty { return said }
        said += String(decoding: data, as: UTF8.self)
      }
      return said
    }

    func finish() -> (said: String, errors: String) {
      let said = output.fileHandleForReading.readDataToEndOfFile()
      let wrong = errors.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      return (String(decoding: said, as: UTF8.self), String(decoding: wrong, as: UTF8.self))
    }

    /// Folders and cgroups of its hosts that are still there.
    func leftovers() -> [String] {
      let prefix = "hwlab-\(process.processIdentifier)."
      let search = Process()
      let found = Pipe()
      search.executableURL = URL(fileURLWithPath: "/usr/bin/find")
      search.arguments = ["/tmp", "/sys/fs/cgroup", "-maxdepth", "4", "-name", "\(prefix)*"]
      (search.standardOutput, search.standardError) = (found, FileHandle.nullDevice)
      try? search.run()
      let text = String(decoding: found.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      search.waitUntilExit()
      return text.split(separator: "\n").map(String.init)
    }
  }

  @Test(.timeLimit(.minutes(3))) func `the demonstration shows the chain to the stranger, and leaves nothing`() throws {
    let demo = try Demo()
    let (said, errors) = demo.finish()
    #expect(demo.process.terminationStatus == 0, "\(said)\(errors)")
    #expect(said.contains("# headwater trace :3129 "), "\(said)")
    let first = said.split(separator: "\n").first { $0.hasPrefix(":3129 on service: ") }
    #expect(
      first?.contains(" from 198.51.100.77, through haproxy on tke and openvpn client tke-node1, to python3") == true,
      "\(said)")
    // The whole of it is no longer than a screen.
    let answer = said.components(separatedBy: "# headwater trace").last?.split(
      separator: "\n", omittingEmptySubsequences: false)
    #expect(answer?.count ?? 99 <= 28, "\(said)")
    try waitUntil("everything to be gone", detail: { "\(demo.leftovers())" }) { demo.leftovers().isEmpty }
  }

  @Test(.timeLimit(.minutes(3)), arguments: [SIGINT, SIGTERM, SIGKILL])
  func `a demonstration that is ended early leaves nothing`(_ signal: Int32) throws {
    let demo = try Demo()
    _ = demo.wait(for: "an OpenVPN server")
    #expect(!demo.leftovers().isEmpty)
    kill(demo.process.processIdentifier, signal)
    let (_, errors) = demo.finish()
    if signal != SIGKILL {
      #expect(demo.process.terminationReason == .exit && demo.process.terminationStatus == 128 + signal, "\(errors)")
    }
    try waitUntil("everything to be gone", timeout: .seconds(30), detail: { "\(demo.leftovers())" }) {
      demo.leftovers().isEmpty
    }
  }
}
