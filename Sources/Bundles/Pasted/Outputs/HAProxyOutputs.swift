internal import Flows
internal import Proxies

/// `show sess` on HAProxy's stats socket: one line per session, with file descriptors in place of addresses. `ss -p` or
/// `lsof` of the same place shows the addresses.
struct HAProxyShortSessionsOutput: PastedOutput {
  let name = "show sess"
  let isOfHost = false
  let signs: [PastedSign] = [
    .title("a session with its descriptors") { line in
      line.hasPrefix("0x") && line.contains(" proto=") && line.contains(" fe=") && line.contains("fd=")
    }
  ]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<ShortSession>] {
    text.lines.compactMap { line in ShortSession(line.text).map { text.evident($0, line: line.number) } }
  }
}

/// A session in the output of `show sess`.
struct ShortSession: Hashable, Sendable {
  var id: String
  var client: Endpoint?
  var frontend: String
  var backend: String?
  var server: String?
  /// HAProxy's file descriptor of each connection.
  var clientDescriptor: Int32
  var serverDescriptor: Int32

  /// Reads
  /// `0x7f…: proto=tcpv4 src=203.0.113.9:42214 fe=shop be=shopbe srv=web1 … s0=[8,200008h,fd=8728,ex=] s1=[8,200018h,fd=8782,ex=]`;
  /// from 2.6 on with `scf=` and `scb=`.
  init?(_ text: String) {
    guard let colon = text.firstIndex(of: ":") else { return nil }
    id = String(text[..<colon])
    var values: [Substring: Substring] = [:]
    for word in PastedWords.split(text) {
      guard let equals = word.firstIndex(of: "=") else { continue }
      values[word[..<equals]] = word[word.index(after: equals)...]
    }
    func descriptor(_ keys: [Substring]) -> Int32? {
      guard let value = keys.lazy.compactMap({ values[$0] }).first, let start = value.firstRange(of: "fd=") else {
        return nil
      }
      let number = value[start.upperBound...].prefix { $0.isNumber || $0 == "/" }.split(separator: "/").last
      return number.flatMap { Int32($0) }
    }
    let name = { (key: Substring) -> String? in values[key].flatMap { $0.hasPrefix("<") ? nil : String($0) } }
    guard let frontend = name("fe"), let near = descriptor(["s0", "scf"]), let far = descriptor(["s1", "scb"]) else {
      return nil
    }
    self.frontend = frontend
    backend = name("be")
    server = name("srv")
    client = values["src"].flatMap { PastedWords.endpoint($0, .tcp, nil) }
    (clientDescriptor, serverDescriptor) = (near, far)
  }

  /// The session with the connections of its file descriptors.
  func session(client near: ListedSocket, server far: ListedSocket) -> HAProxySession {
    var session = HAProxySession(streamID: id, frontend: frontend)
    (session.client, session.acceptedOn) = (near.remote, near.local)
    (session.own, session.target) = (far.local, far.remote)
    (session.backend, session.server) = (backend, server)
    (session.clientDescriptor, session.serverDescriptor) = (clientDescriptor, serverDescriptor)
    return session
  }
}

/// `show sess all` on HAProxy's stats socket.
struct HAProxySessionsOutput: PastedOutput {
  let name = "show sess all"
  let isOfHost = false
  let hasParagraphs = true
  let signs: [PastedSign] = [
    .title("a stream with source= or proto=") {
      $0.hasPrefix("0x") && $0.contains(": [") && ($0.contains(" source=") || $0.contains(" proto="))
    },
    .fileName { $0.contains("sess") },
  ]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<RecordedHAProxySession>] {
    var starts: [Substring: Int] = [:]
    var ownEnds: [Int: Int] = [:]
    var current: Int?
    for line in text.lines {
      if line.text.hasPrefix("0x") {
        starts[line.text.prefix { $0 != ":" }] = line.number
        current = line.number
      }
      // `  backend=qcbackend (id=3 mode=tcp) addr=172.16.248.22:40142`, below the session's first line.
      guard let session = current, ownEnds[session] == nil,
        line.text.drop(while: { $0 == " " }).hasPrefix("backend=")
      else { continue }
      ownEnds[session] = line.number
    }
    let content = Array(text.lines.map { $0.text + "\n" }.joined().utf8)
    return HAProxySession.list(parsing: content).map { session in
      let start = starts[session.streamID[...]]
      return text.evident(
        RecordedHAProxySession(session, ownEndLine: start.flatMap { ownEnds[$0] }), line: start)
    }
  }
}

/// `haproxy.cfg`.
struct HAProxyConfigurationOutput: PastedOutput {
  let name = "haproxy.cfg"
  let isOfHost = false
  let signs: [PastedSign] = [
    .twoLines("sections of haproxy.cfg") { line in
      guard let first = line.utf8.first, first != 32, first != 9 else { return false }
      let words = PastedWords.split(line)
      if words.count == 1 { return words[0] == "global" || words[0] == "defaults" }
      return words.count >= 2 && ["frontend", "backend", "listen", "defaults"].contains(words[0])
        && !line.hasSuffix(";")
        && !line.contains("{")
    },
    .fileName { $0.contains("haproxy.cfg") },
  ]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<RecordedHAProxyFile>] {
    [text.evident(RecordedHAProxyFile(path: text.name, content: text.part.content))]
  }
}
