import Flows
import Foundation
import LinuxSystem
import Netlink
import Testing

@testable import Meter

struct UnprivilegedSocketsMeterTests {
  /// Runs the test below in a namespace of its own, as a process that has lost all capabilities for good.
  @Test(.enabled(if: geteuid() == 0 && !Capabilities.effective().isEmpty, "needs root"), .timeLimit(.minutes(5)))
  func `the fallback meter starts without privileges`() throws {
    let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let program = try RunningProgram([
      "unshare", "--net", "sh", "-c", "ip link set lo up && exec setpriv --bounding-set=-all --inh-caps=-all \"$@\"",
      "sh", executable, "--testing-library", "swift-testing", "--filter", "UnprivilegedSocketsMeterTests",
    ])
    let output = try program.finish()
    // A test that was skipped there would print nothing.
    #expect(output.contains("counted 1000 bytes"))
  }

  @Test(.enabled(if: Capabilities.effective().isEmpty, "is run by the test above"))
  func `without capabilities TCP is counted, and the limits say what is not`() throws {
    let sockets = try NetworkNamespaceSockets()
    let meter = try SocketsMeter { [(Place(namespace: 1), sockets)] }
    #expect(meter.limits.contains { $0.hasPrefix("only TCP of this host's own sockets is counted") })
    let program = try RunningProgram([
      "python3", "-c",
      """
      import socket, sys
      listener = socket.socket(); listener.bind(('127.0.0.1', 7007)); listener.listen()
      client = socket.socket(); client.connect(('127.0.0.1', 7007)); client.send(bytes(1000))
      print(flush=True); sys.stdin.readline()
      """,
    ])
    _ = try program.line()
    meter.wait(seconds: 0.1) { false }
    let row = try #require(try meter.read().sockets.first { $0.remote?.port == 7007 })
    try program.go()
    try program.finish()
    #expect(row.payloadOut == 1000)
    guard case .inode(let inode, uid: 0) = row.holder else { Issue.record("no inode: \(row.holder)"); return }
    #expect(inode != 0)
    print("counted \(row.payloadOut ?? 0) bytes")
  }
}
