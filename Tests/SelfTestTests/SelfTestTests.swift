import Flows
import Foundation
import LinuxSystem
import Meter
import Testing

@testable import SelfTest

/// Where this machine has cgroup v2, if the meter can be attached there.
private let cgroupRoot: String? = geteuid() == 0 ? (try? CgroupMounts())?.unified : nil
/// The product beside the test bundle.
private let executable = {
  let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
  return URL(filePath: bundle).resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "headwater").path
}()

@Suite(.enabled(if: cgroupRoot != nil, "needs root and cgroup v2"), .serialized)
struct SelfTestTests {
  private func selfTest(falsified change: @escaping @Sendable (inout SocketTraffic) -> Void = { _ in }) throws
    -> SelfTest
  {
    let root = try #require(cgroupRoot)
    return SelfTest(executable: executable, meter: { _ in FalsifiedMeter(try EBPFMeter(cgroupRoot: root), change) })
  }

  @Test func `the eBPF meter passes every kind that this kernel has`() throws {
    let results = try selfTest().run { print($0) }
    #expect(results.map(\.title) == SelfTest.titles)
    for result in results {
      if case .failed(let reason) = result.outcome { Issue.record("\(result.title): \(reason)") }
    }
    #expect(results.filter { $0.outcome == .passed }.count >= 24)
  }

  @Test func `two self-tests at once do not disturb each other`() async throws {
    let kinds: Set = ["UDP", "Brief connection", "ICMP echo", "Packet socket"]
    let first = try selfTest()
    let second = try selfTest()
    async let other = Task { try second.run(titles: kinds) }.value
    let results = try first.run(titles: kinds) + (try await other)
    #expect(results.count == 8)
    #expect(results.allSatisfy { $0.outcome == .passed }, "\(results)")
  }

  @Test func `bytes that are three percent off fail`() throws {
    let results = try selfTest { $0.traffic.bytesOut = $0.traffic.bytesOut * 97 / 100 }.run(titles: ["UDP"])
    #expect(results.map(\.outcome) == [.failed(reason: "the sender's bytes are 3.0 % off")])
  }

  @Test func `another owner fails`() throws {
    let results = try selfTest { row in
      guard case .task(let task) = row.holder, task.name == "hw-udp-rx" else { return }
      row.holder = .inode(0, uid: 0)
    }.run(titles: ["UDP"])
    #expect(results.map(\.outcome) == [.failed(reason: "the receiver's owner is wrong")])
    #expect(results.first?.ownerRight == false)
  }

  @Test func `the other meter's figures are beside, without a verdict`() throws {
    let root = try #require(cgroupRoot)
    let test = SelfTest(
      executable: executable, meter: { _ in try EBPFMeter(cgroupRoot: root) },
      fallback: { _ in FalsifiedMeter(try EBPFMeter(cgroupRoot: root)) { $0.traffic.bytesOut /= 2 } })
    let result = try #require(try test.run(titles: ["UDP"]).first)
    #expect(result.outcome == .passed && result.ratio == 1 && result.fallbackRatio == 0.75)
  }

  @Test func `an executable that is not there is said, and leaves nothing`() throws {
    let root = try #require(cgroupRoot)
    let test = SelfTest(executable: "/absent", meter: { _ in try EBPFMeter(cgroupRoot: root) })
    let result = try #require(try test.run(titles: ["UDP"]).first)
    guard case .failed(let reason) = result.outcome else { Issue.record("\(result)"); return }
    #expect(reason.hasSuffix("ended early"))
  }

  @Test func `a child without its self-test ends at once`() {
    #expect(SelfTest.runTraffic(arguments: ["bulk", "tx"]) == 2)
    #expect(SelfTest.runTraffic(arguments: ["bulk", "tx", "70000"]) == 2)
  }
}
