import Flows
import Testing

@testable import Views

@Suite struct LogsReportTests {
  private func document(sites: [String]) -> LogsDocument {
    var document = LogsDocument(made: "2025-03-10T12:00:00Z")
    document.requests = 3000
    document.seconds = 3000
    document.sites = sites.map { LogsGroup(name: $0, requests: 3000, share: 1, bytes: 0, requestsPerSecond: 1) }
    document.paths = sites.map { site in
      var group = LogsGroup(name: "/status", requests: 3000, share: 1, bytes: 0, requestsPerSecond: 1)
      group.site = site
      return group
    }
    document.regular = sites.map { site in
      var visit = LogsVisit(
        client: "203.0.113.9", site: site, path: "/status", requests: 3000, share: 1, requestsPerSecond: 1, errors: 0)
      visit.period = LogsPeriod(
        seconds: 1, jitter: 0.02, confidence: 0.99, count: 2990, examined: 3000, pollers: 1,
        first: "2025-03-10T00:00:00Z", last: "2025-03-10T00:50:00Z", missed: 3, histogram: [])
      visit.agent = "autospy/1.0 (a rather long name of a program that asks again and again)"
      return visit
    }
    document.visits = document.regular
    document.notes = [
      "times are whole seconds: periods below one are not told apart, which is said at some length here"
    ]
    return document
  }

  @Test(arguments: [60, 80, 130]) func `nothing is wider than the terminal, and no word is broken`(_ width: Int) {
    let document = document(sites: ["git.example.com", "www.example.com"])
    let lines = LogsReport(width: width).lines(document).map(\.text)
    #expect(lines.allSatisfy { $0.displayWidth <= width }, "\(lines)")
    let words = lines.flatMap { $0.split(separator: " ") }
    for word in ["git.example.com/status", "autospy/1.0", "confidence"] {
      #expect(words.contains(Substring(word)) || words.contains("(\(word)"))
    }
    #expect(lines.first?.hasPrefix("git.example.com is requested most") == true)
  }

  @Test func `bytes that no line says are none, not zero`() {
    var document = document(sites: ["git.example.com"])
    let texts = { (document: LogsDocument) in LogsReport(width: 130).lines(document).map(\.text) }
    #expect(texts(document).contains { $0.contains("0 B") })
    document.unsized = 3000
    #expect(!texts(document).contains { $0.contains("0 B") })
    document.unsized = 10
    #expect(texts(document).contains { $0.contains("0 B") })
  }

  @Test func `one site for all has no column of its own`() {
    let heading = { (sites: [String], start: String) in
      LogsReport(width: 130).lines(self.document(sites: sites)).map(\.text).first { $0.hasPrefix(start) } ?? ""
    }
    #expect(!heading(["git.example.com"], "CLIENT").contains("SITE"))
    #expect(!heading(["git.example.com"], "PATH").contains("SITE"))
    #expect(heading(["git.example.com", "www.example.com"], "CLIENT").contains("SITE"))
    #expect(heading(["git.example.com", "www.example.com"], "PATH").contains("SITE"))
  }

  @Test func `clients put together have a table of their own`() {
    var document = document(sites: ["git.example.com"])
    var group = LogsGroup(name: "AS64500 Example", requests: 3000, share: 1, bytes: 0, requestsPerSecond: 1)
    group.clients = 1234
    document.networks = [group]
    let lines = LogsReport(width: 80).lines(document, by: .network).map(\.text)
    #expect(lines.contains { $0.hasPrefix("NETWORK") && $0.contains("CLIENTS") })
    #expect(lines.contains { $0.hasPrefix("AS64500 Example") && $0.contains("1,234") })
    #expect(LogsCSV.text(document, by: .network).contains(",1234\r\n"))
  }

  @Test func `a line breaks at spaces, keeps emphasis, and leaves long words whole`() {
    var line = Line("first ", .bold)
    line.append("second third abcdefghijklmnop")
    let lines = line.wrapped(to: 10)
    #expect(lines.map(\.text) == ["first", "  second", "  third", "  abcdefghijklmnop"])
    #expect(line.wrapped(to: 80) == [line] && line.wrapped(to: 0) == [line])
  }
}
