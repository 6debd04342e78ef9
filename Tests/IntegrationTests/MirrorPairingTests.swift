import Flows
import Foundation
import Lab
import LocalHost
import Testing
import Tracing

@Suite(.requires(Requirement.host), .serialized)
struct MirrorPairingTests {
  private static let loop = RelayLab.script("relay", "7000", "7001")
  private static let socat = ["socat", "TCP-LISTEN:7000,fork,backlog=4096", "TCP:127.0.0.1:7001"]

  private func vantage() throws -> LocalVantage { try LocalVantage(meter: .sockets, environment: [:]) }

  @Test func `500 connections with different payloads are paired by one snapshot`() async throws {
    let lab = try RelayLab("bytes", relay: Self.loop)
    defer { lab.stop() }
    try lab.connect(500, "different")
    // Quiet for long enough by the kernel's own ages.
    try await Task.sleep(for: .seconds(1))
    let outcome = try await RelaySnapshots(vantage()).pair(lab.pids, seconds: 0)
    let score = lab.score(outcome)
    print("different payloads: \(score)")
    #expect(outcome.snapshots == 1)
    #expect(score.right == 500 && score.wrong == 0)
    #expect(outcome.unpaired.isEmpty)
  }

  @Test func `500 connections with equal payloads are told apart within four seconds`() async throws {
    let lab = try RelayLab("bytes", relay: Self.loop)
    defer { lab.stop() }
    try lab.connect(500, "equal")
    let vantage = try vantage()
    for _ in 1...3 {
      let score = lab.score(try await RelaySnapshots(vantage).pair(lab.pids))
      print("equal payloads: \(score)")
      #expect(score.right >= 450 && score.wrong == 0)
    }
  }

  @Test func `clients that all ask at the same moment are never paired wrongly`() async throws {
    let lab = try RelayLab("bytes", relay: Self.loop)
    defer { lab.stop() }
    try lab.connect(500, "barrier")
    let score = lab.score(try await RelaySnapshots(vantage()).pair(lab.pids))
    print("at the same moment: \(score)")
    #expect(score.wrong == 0)
  }

  @Test(.requires(.program("socat")), arguments: ["different", "equal"])
  func `socat's processes are paired`(kind: String) async throws {
    let lab = try RelayLab("bytes", relay: Self.socat)
    defer { lab.stop() }
    try lab.connect(100, kind)
    let score = lab.score(try await RelaySnapshots(vantage()).pair(lab.pids))
    print("socat, \(kind): \(score)")
    #expect(score.right == 100 && score.wrong == 0)
  }

  @Test(.requires(.program("openssl"))) func `a relay that ends TLS gets no pairs`() async throws {
    let lab = try RelayLab("bytes", relay: RelayLab.script("tls", "7000", "7001", "/root/both.pem")) { host in
      try host.output(of: [
        "sh", "-c",
        """
        cd /root && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem \
        -out certificate.pem -days 1 -subj /CN=relay 2>&1 && cat key.pem certificate.pem > both.pem
        """,
      ])
    }
    defer { lab.stop() }
    try lab.connect(50, "equal", tls: true)
    let outcome = try await RelaySnapshots(vantage()).pair(lab.pids, seconds: 2)
    print("TLS: \(lab.score(outcome)), \(outcome.notes)")
    #expect(outcome.links.count == 50 && outcome.matched == 0)
    #expect(outcome.notes.contains { $0.contains("changes the bytes") })
  }

  @Test func `idle connections are ambiguous with their number`() async throws {
    let lab = try RelayLab("bytes", relay: Self.loop)
    defer { lab.stop() }
    try lab.connect(20, "idle")
    let outcome = try await RelaySnapshots(vantage()).pair(lab.pids, seconds: 1)
    // Each has sent its number, and nothing else: all look the same.
    #expect(outcome.links.count == 20 && outcome.matched == 0)
    for link in outcome.links { #expect(link.basis == .several && link.candidates == 20) }
  }
}
