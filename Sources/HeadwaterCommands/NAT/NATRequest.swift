internal import Documents
internal import Flows
internal import LinuxSystem
internal import Tracing
internal import LocalHost
internal import Views

/// What `headwater nat` was asked for.
struct NATRequest {
  let output: Output
  let text: String
  let source: Endpoint
  let destination: Endpoint

  init(_ command: NATCommand) throws {
    output = Output(isJSON: command.output.json, isVerbose: command.verbose)
    text = command.flow
    guard case .flow(let source, let destination) = try Target.shaped(text) else {
      throw CommandFailure(.usage, "\(text): write a flow as two endpoints, for example 10.0.7.248:40142-10.8.1.3:3129")
    }
    (self.source, self.destination) = (source, destination)
  }

  func answer() throws -> NATAnswer {
    var document = TranslationDocument(host: LocalTranslation.host, asked: text)
    for transport in [Transport.tcp, .udp] {
      let begin = MonotonicClock.seconds
      guard let found = try LocalTranslation.look(up: Flow(transport, from: source, to: destination)) else { continue }
      document.seconds = MonotonicClock.seconds - begin
      (document.original, document.translated) = (found.original, found.translated)
      break
    }
    return NATAnswer(document: document)
  }
}

/// What `headwater nat` found.
struct NATAnswer: Answer {
  let document: TranslationDocument

  func lines(_ output: Output) -> [Line] {
    guard let original = document.original, let translated = document.translated else { return [] }
    guard document.isTranslated else { return ["\(original) is not translated"] }
    return ["\(original) is translated to \(translated.source) -> \(translated.destination) on \(document.host)"]
  }

  func remarks(_ output: Output) -> [Line] {
    guard document.original != nil else { return ["connection tracking has no connection with these endpoints here"] }
    guard output.isVerbose, let seconds = document.seconds else { return [] }
    return ["looked up in \(Int(seconds * 1e6)) microseconds"]
  }

  var status: ExitStatus { document.original == nil ? .noAnswer : .answered }
}
