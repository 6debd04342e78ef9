internal import AccessLogs
internal import Flows

/// An access log in any of the known formats.
struct AccessLogOutput: PastedOutput {
  let name = "access log"
  let isOfHost = false
  let signs: [PastedSign] = [
    .most("most of the first lines are requests") { line in
      do throws(LogLine.Failure) {
        _ = try LogLine(Array(line.utf8))
        return true
      } catch {
        return false
      }
    }
  ]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<RecordedAccessLog>] {
    [text.evident(RecordedAccessLog(path: text.name, content: text.part.content), line: text.lines.first?.number)]
  }
}

/// A recorded access log.
struct RecordedAccessLog: Sendable {
  /// The path on its host, as far as it is known.
  var path: String
  var content: [UInt8]
}
