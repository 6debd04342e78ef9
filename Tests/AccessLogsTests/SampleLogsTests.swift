import AccessLogs
import Flows
import LinuxSystem
import Testing

/// Real logs of other projects; expected figures come with them.
@Suite(.enabled(if: SampleLogs.areThere, "needs ../shared/data/crowdsec-hub and elastic-examples"))
struct SampleLogsTests {
  private func document(_ path: String, _ options: LogReportOptions = LogReportOptions()) -> LogsDocument {
    var survey = LogSurvey()
    survey.read(LogSeries(path: path, parts: [.init(path: path)]))
    return survey.document(options)
  }

  @Test func `ten thousand lines of Apache give the totals that are known`() throws {
    let document = document(SampleLogs.elastic)
    #expect(document.lines == 10000)
    // One line is cut off within its agent.
    #expect(document.requests == 10000)
    #expect(document.unreadable == 0)
    #expect(document.bytes == 2_747_282_740)
    #expect(document.distinct?.clients == 1753)
    #expect(document.clients.prefix(3).map(\.name) == ["66.249.73.135", "46.105.14.53", "130.237.218.86"])
    #expect(document.clients.prefix(3).map(\.requests) == [482, 364, 357])
    #expect(document.statuses.prefix(5).map(\.name) == ["200", "304", "404", "301", "206"])
    #expect(document.statuses.prefix(5).map(\.requests) == [9126, 445, 213, 164, 45])
    // awk '{print $7}' | sed 's/[?;#].*//' | sort | uniq -c
    #expect(document.paths.prefix(3).map(\.name) == ["/favicon.ico", "/", "/style2.css"])
    #expect(document.paths.prefix(3).map(\.requests) == [807, 575, 546])
    #expect(document.busiest?.requests == 9)
  }

  /// Requests, other lines and unreadable ones, counted by eye.
  @Test(arguments: [
    ("nginx-proxy-manager-logs/nginx-proxy-manager-logs.log", 12, 2, 0),
    ("nginx_http-catch-npm/nginx_http-catch-npm.log", 6, 0, 0), ("nginx_http-logs/nginx_http-logs.log", 8, 1, 0),
    ("haproxy-logs/haproxy-logs.log", 2, 3, 0), ("traefik_clf/traefik_clf.log", 7, 2, 0),
    ("traefik_json/traefik_json.log", 6, 0, 1), ("caddy-logs/caddy-logs.log", 10, 2, 0),
    ("envoy-logs/envoy.log", 10, 0, 0), ("docker-logs/docker-logs.log", 3, 0, 0),
    ("tcpudp-flood-traefik/tcpudp-flood-traefik.log", 0, 1226, 0),
  ]) func `logs of every program`(_ name: String, _ requests: Int, _ other: Int, _ unreadable: Int) {
    let document = document("\(SampleLogs.crowdsec)/\(name)")
    #expect(document.requests == requests)
    #expect(document.otherLines == other)
    #expect(document.unreadable == unreadable)
  }
}

enum SampleLogs {
  static let crowdsec = "../shared/data/crowdsec-hub/.tests"
  static let elastic = "../shared/data/elastic-examples/Common Data Formats/apache_logs/apache_logs"
  static var areThere: Bool { (try? StreamFacts(of: elastic)) != nil && (try? StreamFacts(of: crowdsec)) != nil }
}
