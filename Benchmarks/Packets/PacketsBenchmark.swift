import Documents
import Foundation
import Packets

/// Counts the packets of capture files, and says how fast and with how much memory.
/// `swift run -c release PacketsBenchmark FILE…`; beside it in one run: `time tshark -q -z conv,tcp -z conv,udp -r FILE`.
@main enum PacketsBenchmark {
  static func main() {
    let paths = Array(CommandLine.arguments.dropFirst())
    guard !paths.isEmpty else { return print("usage: PacketsBenchmark FILE...") }
    let start = Date()
    var tally = PacketTally()
    let reading = PacketFiles(paths)
    reading.read(into: &tally)
    let document = PacketReport(tally, files: reading.reports(&tally)).document
    let seconds = Date().timeIntervalSince(start)
    var usage = rusage()
    // RUSAGE_SELF
    getrusage(0, &usage)
    let processor =
      Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
      + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    let rate = Double(document.packets) / seconds / 1e6
    print(
      "\(document.packets) packets, \(document.bytes) bytes, \(document.conversationCount) conversations:"
        + " \(String(format: "%.2f", seconds)) s, \(String(format: "%.2f", processor)) s of CPU,"
        + " \(String(format: "%.2f", rate)) million packets/s, \(usage.ru_maxrss / 1024) MiB")
    print(document.answer?.text ?? "no answer")
  }
}
