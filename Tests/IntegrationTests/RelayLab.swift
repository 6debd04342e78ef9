import Flows
import Foundation
import Lab
import Questions
import Tracing

/// A test host with a relay, its clients and its backend, who know which connections belong together.
final class RelayLab {
  let host: TestHost
  let relay: BackgroundProcess
  private let backend: BackgroundProcess
  private var clients: BackgroundProcess?

  /// - Parameter relay: the relay's command: it listens on port 7000 and connects to port 7001 of loopback.
  init(_ name: String, relay command: [String], prepare: (TestHost) throws -> Void = { _ in }) throws {
    host = try TestHost(name)
    try prepare(host)
    backend = try host.start(Self.script("backend", "7001"))
    try backend.waitFor("listening")
    relay = try host.start(command)
    let host = host
    try waitUntil("the relay to listen") { try host.output(of: ["ss", "-tlnH"]).contains(":7000 ") }
  }

  static func script(_ words: String...) -> [String] { ["python3", "-u", "/run/lab/relay.py"] + words }

  /// Starts `count` clients, and waits until all of them have been answered.
  func connect(_ count: Int, _ kind: String, seconds: Int = 60, tls: Bool = false) throws {
    let process = try host.start(
      Self.script("clients", "7000", "\(count)", "\(seconds)", kind) + (tls ? ["tls"] : []))
    clients = process
    try process.waitFor("ready", timeout: .seconds(60))
  }

  func stop() { host.stop() }

  /// The relay's processes: the first one and what it forked.
  var pids: Set<Int32> {
    guard let pid = relay.pid else { return [] }
    let children = (try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)) ?? ""
    return Set(children.split(separator: " ").compactMap { Int32($0) } + [pid])
  }

  /// By the clients' and the backend's own records: the client's port to the relay's port toward the backend.
  func truth() -> [UInt16: UInt16] {
    func ports(_ output: String?) -> [Int: UInt16] {
      var result: [Int: UInt16] = [:]
      for line in (output ?? "").split(separator: "\n") {
        let words = line.split(separator: " ")
        if words.count == 2, let identity = Int(words[0]), let port = UInt16(words[1]) { result[identity] = port }
      }
      return result
    }
    let behind = ports(backend.output)
    var result: [UInt16: UInt16] = [:]
    for (identity, port) in ports(clients?.output) { result[port] = behind[identity] }
    return result
  }

  struct Score: CustomStringConvertible {
    var right = 0
    var wrong = 0
    var outcome: MirrorOutcome
    var description: String {
      "\(right) right, \(wrong) wrong of \(outcome.links.count) in \(outcome.seconds) s, \(outcome.snapshots) snapshots"
    }
  }

  func score(_ outcome: MirrorOutcome) -> Score {
    let truth = truth()
    var score = Score(outcome: outcome)
    for link in outcome.links {
      guard let outbound = link.outbound else { continue }
      if truth[link.inbound.flow.destination.port] == outbound.flow.source.port {
        score.right += 1
      } else {
        score.wrong += 1
      }
    }
    return score
  }
}
