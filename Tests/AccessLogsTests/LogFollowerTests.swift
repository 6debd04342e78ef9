import AccessLogs
import Flows
import Foundation
import Lab
import LinuxSystem
import Testing

/// Logs that grow, are renamed, cut short and removed while they are followed.
struct LogFollowerTests {
  private let folder: TemporaryFolder
  private var path: String { "\(folder.path)/x.log" }

  init() throws { folder = try TemporaryFolder() }

  private func append(_ text: String, to name: String = "x.log") throws {
    let file = try #require(FileHandle(forWritingAtPath: "\(folder.path)/\(name)"))
    try file.seekToEnd()
    try file.write(contentsOf: Data(text.utf8))
    try file.close()
  }

  @Test func `nothing is lost or read twice across renaming, cutting and removing`() throws {
    try folder.write("x.log", LogSurveyTests.line(0))
    var follower = LogFollower(LogSeries(path: path, parts: []))
    var survey = LogSurvey()
    let count = { (survey: inout LogSurvey) in survey.document().requests }
    follower.poll(into: &survey)
    #expect(count(&survey) == 0)

    #expect(follower.takeCounts().lines == 0)
    // A line that comes in two pieces.
    let line = LogSurveyTests.line(1)
    try append(String(line.prefix(20)))
    follower.poll(into: &survey)
    try append(String(line.dropFirst(20)))
    follower.poll(into: &survey)
    #expect(count(&survey) == 1)

    // Renamed; the writer still has the old one for a while.
    try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
    try append(LogSurveyTests.line(2), to: "x.log.1")
    follower.poll(into: &survey)
    #expect(count(&survey) == 2)
    try append(LogSurveyTests.line(3), to: "x.log.1")
    try folder.write("x.log", LogSurveyTests.line(4))
    follower.poll(into: &survey)
    #expect(count(&survey) == 4)
    #expect(follower.changes == 1)

    // copytruncate
    try append(LogSurveyTests.line(5))
    follower.poll(into: &survey)
    truncate(path, 0)
    try append(LogSurveyTests.line(6))
    follower.poll(into: &survey)
    #expect(count(&survey) == 6)
    #expect(follower.changes == 2)

    // A folder that may not be looked into is not a log that was removed: it is said, until it may be again.
    try folder.denying("") { follower.poll(into: &survey) }
    #expect(follower.failure == SystemError("read \(path)", .accessDenied))
    follower.poll(into: &survey)
    #expect(follower.failure == nil && count(&survey) == 6)

    // Removed, and made again.
    unlink(path)
    follower.poll(into: &survey)
    follower.poll(into: &survey)
    try folder.write("x.log", LogSurveyTests.line(7))
    follower.poll(into: &survey)
    #expect(count(&survey) == 7)

    // Lines that nobody can read are counted as well, and each once.
    try append("not a request\n")
    follower.poll(into: &survey)
    let counts = follower.takeCounts()
    #expect(counts.requests == 7 && counts.unreadable == 1 && counts.examples.map(\.text) == ["not a request"])
    #expect(follower.takeCounts().lines == 0)
    survey.add(LogSeries(path: path, parts: []), counts, position: follower.position, failure: follower.failure)
    let document = survey.document()
    #expect(document.unreadable == 1 && document.files.map(\.requests) == [7] && document.requests == 7)
  }

  @Test func `what was written before a log was copied and cut short is read from the copy`() throws {
    try folder.write("x.log", LogSurveyTests.line(0))
    var follower = LogFollower(LogSeries(path: path, parts: []), fromStart: true)
    var survey = LogSurvey()
    follower.poll(into: &survey)
    try append(LogSurveyTests.line(1) + LogSurveyTests.line(2))
    try FileManager.default.copyItem(atPath: path, toPath: path + ".1")
    truncate(path, 0)
    try append(LogSurveyTests.line(3))
    follower.poll(into: &survey)
    #expect(survey.document().requests == 4)
    // Another file of that name is no copy.
    try folder.write(
      "x.log.1", LogSurveyTests.line(70, "192.0.2.9") + String(repeating: LogSurveyTests.line(71), count: 9))
    truncate(path, 0)
    try append(LogSurveyTests.line(4).replacing("192.0.2.1", with: "192.0.2.2"))
    follower.poll(into: &survey)
    truncate(path, 0)
    follower.poll(into: &survey)
    #expect(survey.document().requests <= 5)
  }

  @Test func `a writer that goes on in the renamed log is followed`() throws {
    try folder.write("x.log", "")
    var follower = LogFollower(LogSeries(path: path, parts: []))
    var survey = LogSurvey()
    follower.poll(into: &survey)
    let half = LogSurveyTests.line(0)
    try append(String(half.prefix(30)))
    try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
    try folder.write("x.log", LogSurveyTests.line(1))
    follower.poll(into: &survey)
    #expect(survey.document().requests == 1)
    try append(String(half.dropFirst(30)) + LogSurveyTests.line(2), to: "x.log.1")
    try append(LogSurveyTests.line(3))
    follower.poll(into: &survey)
    #expect(survey.document().requests == 4)
    #expect(survey.document().unreadable == 0)
  }

  @Test func `a log that isn't there yet is waited for`() throws {
    var follower = LogFollower(LogSeries(path: path, parts: []), fromStart: true)
    var survey = LogSurvey()
    follower.poll(into: &survey)
    #expect(follower.failure?.errno == .noSuchFile)
    try folder.write("x.log", LogSurveyTests.line(0))
    follower.poll(into: &survey)
    #expect(follower.failure == nil)
    #expect(survey.document().requests == 1)
  }
}
