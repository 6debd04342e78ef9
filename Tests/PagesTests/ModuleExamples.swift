import AccessLogs
import Documents
import Fleet
import Flows
import History
import JSON
import LinuxSystem
import Netlink
import Places
import Rhythm
import Testing
import Views

/// The examples of `docs/modules`: each page shows lines of this file, which `ModulePageTests` compares.
@Suite struct ModuleExamples {
  @Test func `the example of Flows`() throws {
    let flow = Flow(
      .tcp, from: try #require(Endpoint("10.0.7.248:40142")), to: try #require(Endpoint("10.8.1.3:3129")))
    let office = try #require(Prefix("10.0.0.0/8"))
    #expect(office.contains(flow.source.address))
    #expect("\(flow.reversed)" == "tcp 10.8.1.3:3129 -> 10.0.7.248:40142")

    // The same flow at two places is two legs.
    let inContainer = Leg(flow, at: Place(namespace: 4_026_532_334))
    #expect(inContainer != Leg(flow, at: Place(namespace: 4_026_531_840)))
  }

  @Test func `the example of Rhythm`() throws {
    // Something asks every 5 seconds, for ten minutes; the log has whole seconds.
    let times = stride(from: 0.0, to: 600, by: 5).map { 1_700_000_000 + $0 }
    let period = try #require(Rhythm.periods(in: times, resolution: 1).first)
    #expect(abs(period.seconds - 5) < 0.01 && period.count == 120)
  }

  @Test func `the example of LinuxSystem`() throws {
    let files = ProcessFiles()
    let process = try files.process(1)
    #expect(process.pid == 1 && !process.name.isEmpty)
  }

  @Test func `the example of Netlink`() throws {
    let sockets = try NetworkNamespaceSockets()
    let loopback = try #require(try Routing(sockets).links().first { $0.name == "lo" })
    let address = try #require(IPAddress("127.0.0.1"))
    #expect(try Routing(sockets).route(to: address).outputInterface == loopback.index)
  }

  @Test func `the example of JSON`() throws {
    let value = try JSONValue(parsing: Array(#"{"name": "web", "ports": [80, 443]}"#.utf8))
    #expect(value["name"] == .text("web"))
    #expect(try value["ports"]?.decoded(as: [Int].self) == [80, 443])
  }

  @Test func `the example of AccessLogs`() throws {
    var finder = LogFinder(["/var/log/nginx", "/nonexistent/access.log"])
    finder.name("/var/log/nginx/shop.log", site: "shop.example.com")
    // A path that can't be read is named; the others are read all the same.
    #expect(finder.failures.contains { "\($0)".contains("/nonexistent/access.log") })
    var survey = LogSurvey()
    for series in finder.series { survey.read(series) }
    let document = survey.document(LogReportOptions())
    #expect(document.requests <= document.lines)
  }

  @Test func `the example of Fleet`() throws {
    let text = """
      hosts:
        - name: s750
          ssh: root@10.0.7.248
      """
    let settings = try FleetSettings(parsing: Array(text.utf8), file: "config.yaml")
    #expect(try settings.hosts.first?.destination == SSHDestination("root@10.0.7.248"))
  }

  @Test func `the example of Places`() throws {
    // Without databases nothing is known of an address.
    let places = Places(files: [], folders: [])
    #expect(places.place(of: try #require(IPAddress("192.0.2.1"))) == nil)
  }

  @Test func `the example of History`() throws {
    let row = HistoryRow(
      interface: "eth0", owner: HistoryOwner(process: "squid"), traffic: Traffic(bytesIn: 900, bytesOut: 60))
    let account = HistoryAccount(interface: "eth0", total: Traffic(bytesIn: 1000, bytesOut: 60))
    let minute = HistoryMinute(minute: 29_000_160, rows: [row], accounts: [account]).balanced()
    // What no row explains is a row of its own.
    #expect(minute.rows.map(\.owner.title) == ["squid", "not explained"])
  }

  @Test func `the example of Documents`() throws {
    let document = SetsDocument(
      sets: [SetsDocument.Item(name: "office", ipv4: 1, ipv6: 0, source: "settings", days: 120)], notes: [])
    #expect(document.schema == "headwater.sets/1")
    #expect(document.notes == ["older than 90 days, import them again: office"])
  }

  @Test func `the example of Views`() throws {
    var table = TextTable([.init("WHO"), .init("TOTAL", .right)])
    table.add([.init("python3"), .init(Units().rate(12_500_000, over: 1))])
    #expect(table.lines().map(\.text) == ["WHO             TOTAL", "python3  100.0 Mbit/s"])

    // A name cannot change the terminal's colours.
    #expect(Line("\u{1B}[31mred").text == "\\x1b[31mred")
  }
}
