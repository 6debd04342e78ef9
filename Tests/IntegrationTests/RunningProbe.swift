import Foundation
import Glibc
import Lab
import LinuxSystem
import Probe

/// The built static probe, at work on a test host, and a vantage that asks it through two FIFOs.
struct RunningProbe {
  static let needs = Requirement.host + [.file(Executables.probe)]

  let process: BackgroundProcess
  let remote: RemoteVantage

  /// Starts it.
  ///
  /// - Parameters:
  ///   - prefix: what starts it: `setpriv` with fewer privileges, `chroot`.
  ///   - path: where it lies on the host.
  init(
    on host: TestHost, prefix: [String] = [], path: String = Executables.probe, environment: [String: String] = [:],
    limits: WireLimits = WireLimits()
  ) async throws {
    let name = UUID().uuidString
    let (questions, answers) = ("/run/\(name).in", "/run/\(name).out")
    try host.output(of: ["mkfifo", "--mode=666", questions, answers])
    let root = "/proc/\(host.pid)/root"
    // Both ways, so that opening does not wait; there is no other writer of ours.
    let writing = open(root + questions, O_RDWR | O_CLOEXEC)
    // Without a writer yet it is not at its end for poll(2).
    let reading = open(root + answers, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard writing >= 0, reading >= 0 else { throw LabError("open the FIFOs of \(name): errno \(errno)") }
    process = try host.start(
      ["sh", "-c", #"in=$1 out=$2; shift 2; exec "$@" <"$in" >"$out""#, "sh", questions, answers] + prefix + [path],
      environment: environment)
    remote = try await RemoteVantage(
      host: host.name, reading: Descriptor(owning: reading), writing: Descriptor(owning: writing), limits: limits)
  }

  /// The machine's pid of the probe.
  func pid() throws -> Int32 {
    guard let pid = process.pid else { throw LabError("the probe has ended: \(process.errors)") }
    return pid
  }

  /// Bytes of `VmRSS` and the like.
  func memory(_ key: String = "VmRSS:") throws -> Int {
    let text = String(
      decoding: FileManager.default.contents(atPath: "/proc/\(try pid())/status") ?? Data(), as: UTF8.self)
    let line = text.split(separator: "\n").first { $0.hasPrefix(key) }
    let number = line.flatMap { Int($0.dropFirst(key.count).filter(\.isNumber)) }
    guard let number else { throw LabError("no \(key) in \(text)") }
    return number * 1024
  }
}
