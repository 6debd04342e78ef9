internal import Documents
internal import Flows
internal import LinuxSystem
internal import LocalHost
internal import Questions
internal import Sessions
internal import Tracing
internal import Views

/// The resolved request of `headwater nat`.
struct NATRequest: Sendable {
  let output: Output
  let text: String
  let source: Endpoint
  let destination: Endpoint
  let hosts: AskedHosts
  let isOneHost: Bool

  init(_ command: NATCommand) throws {
    output = Output(isJSON: command.output.json, isVerbose: command.verbose)
    text = command.flow
    guard case .flow(let source, let destination) = try Target.shaped(text) else {
      throw CommandFailure(.usage, "\(text): write a flow as two endpoints, for example 10.0.7.248:40142-10.8.1.3:3129")
    }
    (self.source, self.destination) = (source, destination)
    let environment = ProcessExit.environment
    let settings = try command.hosts.settings()
    hosts = AskedHosts(
      { try LocalMeasurement.idle(environment: environment) }, others: try command.hosts.selection(settings),
      meter: .nothing)
    isOneHost = command.hosts.isOneHost
  }

  func answer() async throws -> NATAnswer {
    let found = try await hosts.ask { vantage in
      let tracked = try await vantage.ask(LookupQuestion(source, destination)).value
      return TranslationDocument(
        host: vantage.host, asked: text, original: tracked?.translation.original,
        translated: tracked?.translation.translated, seconds: tracked?.seconds)
    }
    return NATAnswer(found, isOneHost: isOneHost)
  }
}

/// The answer of `headwater nat`.
struct NATAnswer: Answer {
  private let reports: ReportsAnswer<TranslationDocument>

  init(_ found: HostAnswers<TranslationDocument>, isOneHost: Bool) {
    reports = ReportsAnswer(
      found: found, isOneHost: isOneHost, name: \.host, isEmpty: { $0.original == nil }, hasHeadings: false
    ) { document, _ in Self.lines(document) }
  }

  var document: ReportsAnswer<TranslationDocument>.Body { reports.document }
  var status: ExitStatus { reports.status }

  /// One line per host, with the host's name.
  func lines(_ output: Output) -> [Line] { reports.found.answers.flatMap(Self.lines) }

  private static func lines(_ document: TranslationDocument) -> [Line] {
    guard let original = document.original, let translated = document.translated else { return [] }
    guard document.isTranslated else { return ["\(original) is not translated on \(document.host)"] }
    return ["\(original) is translated to \(translated.source) -> \(translated.destination) on \(document.host)"]
  }

  func remarks(_ output: Output) -> [Line] {
    let absent = reports.found.answers.filter { $0.original == nil }.map(\.host)
    var remarks: [Line] = reports.remarks(output)
    if !absent.isEmpty {
      let hosts = absent.joined(separator: ", ")
      remarks.append(
        "connection tracking has no connection with these endpoints in the network namespace that was asked on \(hosts)"
      )
    }
    guard output.isVerbose else { return remarks }
    return remarks
      + reports.found.answers.compactMap { document in
        document.seconds.map { "looked up in \(Int($0 * 1e6)) microseconds on \(document.host)" }
      }
  }
}
