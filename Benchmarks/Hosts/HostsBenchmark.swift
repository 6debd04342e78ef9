import Foundation
import Glibc
import Lab

/// How long a trace over several hosts takes and what it costs on the way: the first story, asked for on the service's host,
/// with the Docker host, the node and one more machine reached over SSH. Prints a table.
///
///     HostsBenchmark [REPETITIONS]      7 unless said otherwise
@main
struct HostsBenchmark {
  static func main() {
    let missing = StoryA.requirements.filter { !$0.isMet }.map(\.description)
    guard missing.isEmpty else { stop("missing: \(missing.joined(separator: ", "))", 3) }
    let repetitions = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 7
    do {
      let lines = try measure(max(1, repetitions))
      Lab.close()
      FileHandle.standardOutput.write(Data((lines.joined(separator: "\n") + "\n").utf8))
    } catch {
      Lab.close()
      stop("\(error)", 1)
    }
  }

  private static func measure(_ repetitions: Int) throws -> [String] {
    let before = load()
    let story = try StoryA()
    defer { story.stop() }
    let stranger = try story.startKnocking(.bulk(bytes: 4_000_000_000, rate: 4_000_000))
    defer { stranger.process.stop() }
    let run = TraceRun(story)
    try run.countWires()
    var rows: [String] = []
    for state in TraceRun.State.allCases {
      _ = try run.once(state)  // the programs' own files come into memory
      let samples = try (0..<repetitions).map { _ in try run.once(state) }
      rows.append(row(state, samples))
      FileHandle.standardError.write(Data("\(state.rawValue): \(samples.map(\.seconds))\n".utf8))
    }
    let cold = try (0..<repetitions).map { _ in try run.once(.cold) }
    for host in run.asked { rows.append(bytes(of: host.name, cold)) }
    return [
      "Load average of the machine before and after: \(before), \(load()). Both ends of everything run on it.", "",
      "| what | command | figure | target | met |", "| --- | --- | --- | --- | --- |",
    ] + rows
  }

  private static func row(_ state: TraceRun.State, _ samples: [TraceRun.Sample]) -> String {
    let times = samples.map(\.seconds).sorted()
    let (least, median) = (times[0], times[times.count / 2])
    let figure =
      "min \(seconds(least)), median \(seconds(median)), max \(seconds(times[times.count - 1])) of \(times.count)"
    let isMet = median < state.target ? "yes" : least < state.target ? "at best" : "no"
    return "| \(state.words) | `\(TraceRun.shown)` | \(figure) | under \(seconds(state.target)) | \(isMet) |"
  }

  private static func bytes(of host: String, _ samples: [TraceRun.Sample]) -> String {
    let counts = samples.compactMap { $0.bytes[host] }.sorted()
    let (least, median) = (counts.first ?? 0, counts.isEmpty ? 0 : counts[counts.count / 2])
    let isMet = (counts.last ?? 0) < 1_000_000 ? "yes" : "no"
    return
      "| IP bytes of SSH to and from \(host), probe there already | `nft list counters` there | min \(least / 1000) kB, "
      + "median \(median / 1000) kB, max \((counts.last ?? 0) / 1000) kB of \(counts.count) | under 1 MB | \(isMet) |"
  }

  private static func seconds(_ value: Double) -> String { "\((value * 100).rounded() / 100) s" }

  private static func load() -> String {
    let text = String(decoding: FileManager.default.contents(atPath: "/proc/loadavg") ?? Data(), as: UTF8.self)
    return text.split(separator: " ").first.map(String.init) ?? "unknown"
  }

  private static func stop(_ message: String, _ status: Int32) -> Never {
    FileHandle.standardError.write(Data("HostsBenchmark: \(message)\n".utf8))
    exit(status)
  }
}
