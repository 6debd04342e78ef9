import Foundation
import Lab
import Questions
import Testing

/// Another kernel than this machine's, in an emulated machine: Debian 12's, which is also near to Amazon Linux 2023's.
@Suite(
  .requires(.program("qemu-system-x86_64"), .program("cpio"), .program("depmod"), .program("busybox")),
  .enabled(if: Kernels.reason == nil, Comment(rawValue: Kernels.reason ?? "")))
struct KernelTests {
  @Test func `on Linux 6.1 the meter, relays by cause, names and following are whole`() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "run", "for module in veth inet_diag tcp_diag udp_diag; do modprobe $module; done\nheadwater doctor --json\n")
    // Some 20 s of CPU where nothing else runs.
    let (status, output) = try Kernels.run(
      "boot", [Kernels.folder + "/6.1", folder.path + "/run", "headwater=" + Executables.path()])
    #expect(status == 0, "\(output)")
    let document = try #require(output.firstIndex(of: "{").map { String(output[$0...]) })
    let end = try #require(document.range(of: "=== END"))
    let examination = try JSONDecoder().decode(Examination.self, from: Data(document[..<end.lowerBound].utf8))
    #expect(examination.kernel.hasPrefix("6.1."))
    for subject in ["eBPF meter", "inspect --follow", "relays by cause", "names of flows"] {
      let check = try #require(examination.checks.first { $0.subject == subject })
      #expect(check.outcome == .works, "\(check)")
    }
    // What the kernel has not is said, though it costs nothing.
    let meter = try #require(examination.checks.first { $0.subject == "eBPF meter" })
    #expect(meter.parts?.contains("on_send_length: this kernel has no tracepoint sock_send_length") == true, "\(meter)")
    #expect(meter.detail.contains("on_inet_send"))
  }
}

private enum Kernels {
  private static let package = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    .standardized.path
  static let folder = package + "/.build/kernels"

  /// Why the kernel is not there; nil if it is. It is downloaded once and unpacked, never installed.
  static let reason: String? = {
    do {
      let (status, output) = try run("fetch", ["6.1", folder])
      return status == 0 ? nil : output.split(separator: "\n").last.map(String.init) ?? "no kernel"
    } catch { return "\(error)" }
  }()

  /// A script of Support/kernels: its status, and all that it wrote.
  static func run(_ script: String, _ arguments: [String]) throws -> (Int32, String) {
    let process = Process()
    process.executableURL = URL(filePath: package + "/Support/kernels/" + script)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    var environment = ProcessInfo.processInfo.environment
    environment["PROGRAMS"] = "ip"
    environment["PATH"] = (environment["PATH"] ?? "") + ":/usr/sbin:/usr/bin:/sbin:/bin"
    process.environment = environment
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }
}
