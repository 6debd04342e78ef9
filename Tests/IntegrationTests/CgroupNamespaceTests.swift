import Foundation
import Lab
import LinuxSystem
import Questions
import Testing

/// Headwater as in a container: in a cgroup and a cgroup namespace of its own, with the host's network.
@Suite(
  .requires([.root, .cgroup2, .program("unshare"), .built("headwater")]),
  .enabled(if: (try? UnifiedCgroup())?.limit == nil, "needs to see the whole cgroup hierarchy"))
struct CgroupNamespaceTests {
  /// What `headwater doctor` says there.
  private func examine(_ options: String) throws -> Examination {
    let script = """
      tree=$(awk '$0 ~ / - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
      group=$tree/hwtest-$$
      mkdir "$group"
      echo $$ >"$group/cgroup.procs"
      unshare --cgroup --mount \(options) sh -ec 'umount -l "$1"; mount -t cgroup2 none "$1"; exec "$2" doctor --json' sh "$tree" "$0"
      status=$?
      echo $$ >"$tree/cgroup.procs"
      rmdir "$group"
      exit $status
      """
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", script, Executables.path()]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return try JSONDecoder().decode(Examination.self, from: output)
  }

  private func check(_ subject: String, of examination: Examination) throws -> Examination.Check {
    try #require(examination.checks.first { $0.subject == subject })
  }

  @Test(.enabled(if: (try? FileIdentity(of: "/proc/1/root/")) != nil, "process 1 is not ours to look at"))
  func `with the host's processes in sight the whole hierarchy is found through process 1`() throws {
    let examination = try examine("")
    let cgroups = try check("cgroup v2", of: examination)
    #expect(cgroups.outcome == .works && cgroups.detail.contains("process 1"), "\(cgroups)")
    #expect(try check("eBPF meter", of: examination).cost?.contains("part of the cgroup hierarchy") != true)
  }

  @Test func `with processes of its own it is said that only a part is in sight`() throws {
    // A socket of another cgroup in the same network.
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(listener) }
    #expect(listen(listener, 1) == 0)
    let examination = try examine("--pid --fork --mount-proc")
    let cgroups = try check("cgroup v2", of: examination)
    #expect(cgroups.outcome == .limited && cgroups.detail.contains("only this container's part"), "\(cgroups)")
    let meter = try check("eBPF meter", of: examination)
    #expect(meter.outcome == .limited && meter.cost?.contains("other sockets are estimated") == true, "\(meter)")
  }
}
