public import Flows
internal import LinuxSystem
internal import Programs

/// A session in recorded output.
public struct RecordedHAProxySession: Hashable, Sendable {
  public var session: HAProxySession
  /// The line with HAProxy's own end of its connection to the server.
  public var ownEndLine: Int?

  public init(_ session: HAProxySession, ownEndLine: Int? = nil) {
    self.session = session
    self.ownEndLine = ownEndLine
  }
}

/// A recorded `haproxy.cfg`.
public struct RecordedHAProxyFile: Hashable, Sendable {
  /// The file's path on its host, as far as it is known.
  public var path: String
  public var content: [UInt8]

  public init(path: String, content: [UInt8]) {
    self.path = path
    self.content = content
  }
}

extension HAProxyReader {
  public func read(_ program: RecordedProgram) -> any RelayReading {
    RecordedHAProxyReading(
      texts: program.findings.all(RecordedHAProxyFile.self).map(\.value), place: program.place,
      sessions: program.findings.all(RecordedHAProxySession.self).map(\.value.session))
  }

  public func sessions(in findings: any RecordedFindings) -> [Evident<RecordedSession>] {
    findings.all(RecordedHAProxySession.self).filter { !$0.value.session.isCommandLine }.map { found in
      let session = found.value.session
      let inbound = session.client.flatMap { client in session.acceptedOn.map { Flow(.tcp, from: client, to: $0) } }
      let outbound = session.own.flatMap { own in session.target.map { Flow(.tcp, from: own, to: $0) } }
      let line = EvidenceLine(file: found.source.file, line: found.value.ownEndLine ?? found.source.line)
      return Evident(
        value: RecordedSession(
          software: software, inbound: inbound, outbound: outbound, fromClient: session.bytes?.fromClient,
          fromServer: session.bytes?.fromServer, outboundLine: line), source: found.source)
    }
  }
}

private struct RecordedHAProxyReading: RelayReading {
  let texts: [RecordedHAProxyFile]
  let place: Place?
  let sessions: [HAProxySession]

  var problems: [String] {
    texts.isEmpty ? ["no haproxy.cfg in the bundle: collect /etc/haproxy/haproxy.cfg"] : []
  }

  func answer() -> RelayAnswer {
    let configuration = HAProxyConfiguration(parsing: texts.map { ($0.path, $0.content) })
    var answer = RelayAnswer(configuration)
    answer.notes = problems
    guard !sessions.isEmpty, let place else {
      answer.notes.append(
        "its sessions are not in the bundle: collect echo 'show sess all' | socat - UNIX-CONNECT:/run/haproxy/admin.sock"
      )
      return answer
    }
    answer.sessions = sessions.compactMap { configuration.link($0, at: place) }
    return answer
  }

  func sites() -> SitesAnswer? { nil }
  func logs() -> [ServedLog] { [] }
  func files() -> ProgramEvidence { ProgramEvidence() }
}
