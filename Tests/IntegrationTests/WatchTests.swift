import Documents
import Flows
import Foundation
import Glibc
import Lab
import Testing

/// `headwater watch` on a host with a limited link, and what `headwater history` says afterwards.
@Suite(.requires(Requirement.host + [.cgroup2, .program("tc"), .built("headwater")]), .serialized)
struct WatchTests {
  private struct Link {
    let host: TestHost
    let far: TestHost
    init() throws {
      host = try TestHost("watched")
      far = try TestHost("far")
      try Wire(
        host.plug("eth0", "198.51.100.1/24", "fd00:51::1/64"), far.plug("eth0", "198.51.100.9/24", "fd00:51::9/64"))
      _ = try host.output(of: [
        "sh", "-c",
        """
        tc qdisc add dev eth0 root tbf rate 100mbit burst 64kb latency 50ms
        ethtool -K eth0 tso off gso off gro off >/dev/null
        mkdir -p /run/history
        printf 'watch:\\n  store: /run/history\\n' >/run/watch.yaml
        """,
      ])
    }
    func stop() { [host, far].forEach { $0.stop() } }

    func watch() throws -> BackgroundProcess {
      let process = try host.start([Executables.path(), "watch", "--config", "/run/watch.yaml", "--verbose"])
      try process.waitFor("watching")
      return process
    }

    func history(_ words: String...) throws -> (HistoryDocument?, CommandResult) {
      let result = try host.run(
        [Executables.path(), "history", "--config", "/run/watch.yaml"] + words, timeout: .seconds(60), environment: [:],
        input: nil)
      return (try? Headwater.decoder.decode(HistoryDocument.self, from: Data(result.stdout.utf8)), result)
    }

    /// Network-layer bytes that the interface received and sent so far.
    func counted() throws -> (received: Int, sent: Int) {
      let folder = "/sys/class/net/eth0/statistics"
      let names = ["rx_bytes", "rx_packets", "tx_bytes", "tx_packets"].map { "\(folder)/\($0)" }
      let numbers = try host.output(of: ["cat"] + names).split(separator: "\n").compactMap { Int($0) }
      try #require(numbers.count == 4)
      return (numbers[0] - 14 * numbers[1], numbers[2] - 14 * numbers[3])
    }
  }

  @Test(arguments: [false, true])
  func `who filled the link is known afterwards, with the interface's own bytes`(_ isV6: Bool) throws {
    let link = try Link()
    defer { link.stop() }
    let (far, any) = isV6 ? ("fd00:51::9", "::") : ("198.51.100.9", "0.0.0.0")
    let server = try Traffic.serve(on: link.far, port: 5001, address: any)
    try Traffic.send(.ping(count: 1, size: 8), from: link.host, to: far)
    let before = try link.counted()
    let watch = try link.watch()
    let sent = try Traffic.send(.bulk(bytes: 40_000_000), from: link.host, to: far, port: 5001)
    try server.awaitArrival(of: sent.sent)
    watch.send(SIGTERM)
    let ended = try watch.wait(timeout: .seconds(60))
    #expect(ended.status == 0, "\(ended)")
    _ = try server.stop()
    let after = try link.counted()

    let (found, result) = try link.history("--for", "10m", "--by", "process", "--json")
    let document = try #require(found, "\(result)")
    let truth = Double(after.sent - before.sent)
    let first = try #require(document.rows.first)
    #expect(first.name.hasPrefix("python3") && first.traffic.bytesOut > 40_000_000, "\(document.rows)")
    let all = document.rows.reduce(0.0) { $0 + Double($1.traffic.bytesOut) }
    print(
      "history, \(isV6 ? "IPv6" : "IPv4"): rows \(Int(all)), \(first.name) \(first.traffic.bytesOut), eth0 \(Int(truth))"
    )
    #expect(abs(Double(first.traffic.bytesOut) / truth - 1) < 0.005)
    let account = try #require(document.accounts.first { $0.interface == "eth0" })
    #expect(account.uplink && abs(Double(account.total.bytesOut) / truth - 1) < 0.005)
    #expect(all == Double(account.total.bytesOut + (account.excess?.bytesOut ?? 0)))
    #expect(!document.accounts.contains { $0.interface == "lo" && $0.uplink })
    // Before it was started nobody watched, and that is said.
    #expect(!document.gaps.isEmpty && document.watched > 1 && document.watched < 200)

    let remotes = try #require(try link.history("--for", "10m", "--by", "remote", "--of", ":5001", "--json").0)
    #expect(remotes.rows.map(\.name) == [far])
    let text = try link.history("--for", "10m", "--by", "chain").1
    #expect(text.status == 0 && text.stdout.contains("python3") && text.stdout.contains("not watched"), "\(text)")
    #expect(try link.history("--for", "10m", "--of", "nobody").1.status == 1)
    let usage = try link.history("--usage").1
    #expect(usage.status == 0 && usage.stdout.contains("/run/history/history.db"), "\(usage)")
  }

  @Test func `a watch that is killed leaves a history that goes on, and the gap is shown`() throws {
    let link = try Link()
    defer { link.stop() }
    let server = try Traffic.serve(on: link.far, port: 5001, address: "0.0.0.0")
    defer { _ = try? server.stop() }
    for _ in 0..<2 {
      let watch = try link.watch()
      try Traffic.send(.bulk(bytes: 2_000_000), from: link.host, to: "198.51.100.9", port: 5001)
      watch.send(SIGTERM)
      #expect(try watch.wait(timeout: .seconds(60)).status == 0)
    }
    let killed = try link.watch()
    // Two of them would count everything twice.
    let second = try link.host.run(
      [Executables.path(), "watch", "--config", "/run/watch.yaml"], timeout: .seconds(60), environment: [:], input: nil)
    #expect(second.status == 1 && second.stderr.contains("another headwater watch"), "\(second)")
    killed.send(SIGKILL)
    _ = try killed.wait(timeout: .seconds(60))
    let last = try link.watch()
    // Reading the settings again ends nothing.
    last.send(SIGHUP)
    try last.waitFor("read the settings again")
    last.send(SIGINT)
    #expect(try last.wait(timeout: .seconds(60)).status == 0)
    let document = try #require(try link.history("--for", "10m", "--by", "process", "--json").0)
    #expect(document.rows.first.map { $0.traffic.bytesOut > 4_000_000 && $0.traffic.bytesOut < 5_000_000 } == true)
    #expect(document.damaged.isEmpty && !document.gaps.isEmpty)
  }

  @Test func `what can't be watched or asked is said`() throws {
    let link = try Link()
    defer { link.stop() }
    func run(_ words: String...) throws -> CommandResult {
      try link.host.run([Executables.path()] + words, timeout: .seconds(60), environment: [:], input: nil)
    }
    let check = try run("watch", "--check", "--config", "/run/watch.yaml")
    #expect(check.status == 0 && check.stdout.contains("watched: eth0"), "\(check)")
    _ = try link.host.output(of: [
      "sh", "-c", "printf 'watch:\\n  stroe: /x\\n' >/run/wrong.yaml; echo x >/run/history/history.db",
    ])
    let wrong = try run("watch", "--check", "--config", "/run/wrong.yaml")
    #expect(wrong.status == 2 && wrong.stderr.contains("wrong.yaml:2"), "\(wrong)")
    let damaged = try run("history", "--config", "/run/watch.yaml")
    #expect(damaged.status == 1 && damaged.stderr.contains("no history"), "\(damaged)")
    #expect(try run("history", "next week").status == 2)
    #expect(try run("history", "--frm", "02:00").status == 2)
    let none = try run("history", "last", "night")
    #expect(none.status == 1 && none.stderr.contains("headwater watch"), "\(none)")
  }
}
