internal import Clues
internal import Flows

/// `show sess all` on HAProxy's stats socket.
struct HAProxySessionsOutput: PastedOutput {
  let name = "show sess all"
  let isOfHost = false
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

/// `haproxy.cfg`
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
