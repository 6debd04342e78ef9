import Foundation
import Glibc
import Lab

/// Builds the first story out of real programs in namespaces of this machine, asks Headwater, prints what it says, and
/// cleans up, whichever way it ends. The exit status is that of the trace.
@main
struct Demo {
  /// Bytes per second of the stranger's traffic: 80 Mbit/s.
  static let rate = 10_000_000
  /// The measured window in seconds.
  static let window = 3

  static func main() {
    let missing = StoryA.requirements.filter { !$0.isMet }.map(\.description)
    guard missing.isEmpty else { stop("missing: \(missing.joined(separator: ", "))", missing.contains("root") ? 3 : 1) }
    Interruption.cleansUp()
    let begin = ContinuousClock.now
    do {
      let status = try tell()
      Interruption.goesFirst()
      say("\ncleaning up; \((ContinuousClock.now - begin).components.seconds) s in all")
      Lab.close()
      exit(status)
    } catch {
      Interruption.goesFirst()
      Lab.close()
      stop("\(error)", 1)
    }
  }

  /// Builds it and traces; the status of the trace.
  private static func tell() throws -> Int32 {
    say("building, in namespaces of this machine alone:")
    let story = try StoryA { say("  " + $0) }
    defer { story.stop() }
    let plan = story.plan
    say("  a stranger at \(plan.stranger.address), who has found \(plan.exposedAddress):\(plan.proxyPort)")
    let stranger = try story.startKnocking(.bulk(bytes: 120 * rate, rate: rate))
    defer { stranger.process.stop() }
    try stranger.process.waitFor("\"ready\"")

    say("\nThe link of \(plan.hostNames.service) is full. On that host:\n")
    let words = ["trace", ":\(plan.servicePort)", "--for", "\(window)"]
    say("# headwater \((words + ["--hosts", StoryA.settings]).joined(separator: " "))")
    let result = try story.cloud.service.run(
      StoryA.command(words), timeout: .seconds(90), environment: StoryA.environment)
    FileHandle.standardOutput.write(Data(result.stdout.utf8))
    FileHandle.standardError.write(Data(result.stderr.utf8))
    return result.status
  }

  /// A line, at once, in a pipe too.
  private static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

  private static func stop(_ message: String, _ status: Int32) -> Never {
    FileHandle.standardError.write(Data("headwater-demo: \(message)\n".utf8))
    exit(status)
  }
}
