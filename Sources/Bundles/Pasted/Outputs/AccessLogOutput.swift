internal import AccessLogs
internal import Flows
internal import LinuxSystem

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
  /// A long log stays in its file, of which nothing is held; `content` is empty then.
  var file: EvidenceFile?
}

extension RecordedAccessLog {
  /// What is longer than this is not held in memory.
  private static let longest = 1 << 20
  /// So many of its first lines are looked at.
  private static let looked = 400

  /// A long file of a folder, nearly all of whose first lines are requests; nil for anything else, and for what cannot be read,
  /// which is told where it is read whole.
  init?(long file: HostFolder.File) {
    guard file.file.place != nil, !file.file.isCapture else { return nil }
    let head: (bytes: [UInt8], isCut: Bool)
    do throws(SystemError) { head = try file.file.content(limit: Self.longest) } catch { return nil }
    guard head.isCut else { return nil }
    let lines = head.bytes.split(separator: 10).dropLast().prefix(Self.looked)
    var isSeen = false
    let requests = lines.count { line in
      do throws(LogLine.Failure) {
        _ = try LogLine(Array(line))
        isSeen = true
        return true
      } catch {
        return error == .noRequest
      }
    }
    guard isSeen, lines.count >= 20, requests * 5 > lines.count * 4 else { return nil }
    self.init(path: file.isCopy ? file.name : file.path, content: [], file: file.file)
  }
}
