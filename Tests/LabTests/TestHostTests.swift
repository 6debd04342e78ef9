import Foundation
import Glibc
import Testing

@testable import Lab

@Suite(.requires(Requirement.host)) struct TestHostTests {
  @Test func `a host has its own name, pids, files and cgroups`() throws {
    let host = try TestHost("alone")
    defer { host.stop() }
    #expect(try host.output(of: ["hostname"]) == "alone\n")
    #expect(
      try host.output(of: ["sh", "-c", "ps -e -o pid= | head -n 1"]).trimmingCharacters(in: .whitespaces) == "1\n")
    #expect(try host.output(of: ["ls", "/tmp", "/root"]) == "/root:\n\n/tmp:\n")
    for line in try host.output(of: ["cat", "/proc/self/cgroup"]).split(separator: "\n") {
      let path = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)[2]
      #expect(path == "/" || path == "/init", "\(line)")
    }
    #expect(try host.output(of: ["ls", "/sys/class/net"]) == "lo\n")

    try host.write("/etc/haproxy/lab.cfg", "one\n")
    #expect(try host.output(of: ["cat", "/etc/haproxy/lab.cfg"]) == "one\n")
    #expect(access("/etc/haproxy/lab.cfg", F_OK) != 0)
  }

  @Test func `status, output and errors come back, and time limits hold`() throws {
    let host = try TestHost("limits")
    defer { host.stop() }
    let result = try host.run(["sh", "-c", "echo out; echo err >&2; exit 7"], environment: ["LAB": "1"])
    #expect((result.status, result.stdout, result.stderr) == (7, "out\n", "err\n"))
    let late = try host.run(["sleep", "60"], timeout: .milliseconds(50))
    #expect(late.timedOut)
    try waitUntil("the late command to be gone") { try host.run(["pgrep", "-x", "sleep"]).stdout == "1\n" }

    let process = try host.start(["sh", "-c", "trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.02; done"])
    try process.waitFor("up")
    #expect(process.isRunning)
    let inside = try #require(process.pidInHost)
    #expect(try host.run(["kill", "-0", "\(inside)"]).status == 0)
    let ended = process.stop()
    #expect((ended.status, ended.stdout) == (3, "up\nbye\n"))
  }

  @Test func `a stopped host leaves nothing`() throws {
    let before = try Leftovers.now()
    let host = try TestHost("gone")
    let other = try TestHost("gone")
    try Wire(host.plug("eth0", "10.0.0.1/24"), other.plug("eth0", "10.0.0.2/24"))
    let process = try host.start(["sh", "-c", "sleep 1000 & setsid sleep 1000 & echo up; sleep 1000"])
    try process.waitFor("up")
    #expect(try Leftovers.now().contains { $0.contains("-gone") })
    host.stop()
    other.stop()
    // Hosts of other tests come and go meanwhile.
    let after = try Leftovers.now().subtracting(before)
    #expect(after.filter { $0.contains("-gone") || $0.hasPrefix("mount ") || $0.hasPrefix("interface ") }.isEmpty)
    #expect(kill(host.pid, 0) != 0)
    #expect(!process.isRunning)
  }

  @Test func `the keeper cleans up after a test process that was killed`() throws {
    let owner = try Process.run(URL(fileURLWithPath: "/bin/sleep"), arguments: ["1000"])
    let name = "hwlab-\(owner.processIdentifier).\(try #require(Lab.startTime(of: owner.processIdentifier)))"
    try FileManager.default.createDirectory(atPath: "/tmp/\(name)", withIntermediateDirectories: true)
    try Lab.script("sweep.sh").write(toFile: "/tmp/\(name)/sweep", atomically: false, encoding: .utf8)
    let groups = try CgroupHierarchy.all.map { try $0.make("\(name)-1-x") }
    let words = ["-c", try Lab.script("join.sh"), "join"] + groups + ["--", "sleep", "1000"]
    let member = try Process.run(URL(fileURLWithPath: "/bin/bash"), arguments: words)
    let keeper = try Process.run(
      URL(fileURLWithPath: "/usr/bin/python3"), arguments: ["-c", try Lab.script("keeper.py"), name])
    Lab.sweep()
    #expect(member.isRunning && access(groups[0], F_OK) == 0, "its owner lives, so nobody else may sweep it")

    kill(owner.processIdentifier, SIGKILL)
    owner.waitUntilExit()
    keeper.waitUntilExit()
    #expect(groups.filter { access($0, F_OK) == 0 }.isEmpty)
    #expect(access("/tmp/\(name)", F_OK) != 0)
    #expect(!member.isRunning)
  }

  @Test func `a sweep removes what a dead run left`() throws {
    let owner = try Process.run(URL(fileURLWithPath: "/bin/true"), arguments: [])
    owner.waitUntilExit()
    let groups = try CgroupHierarchy.all.map { try $0.make("hwlab-\(owner.processIdentifier).1-1-x") }
    Lab.sweep()
    #expect(groups.filter { access($0, F_OK) == 0 }.isEmpty)
  }
}
