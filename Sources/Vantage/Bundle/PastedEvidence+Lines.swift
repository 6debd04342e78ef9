internal import Clues
internal import Flows

/// Which lines of an output say what: readers of whole documents don't keep them.
extension PastedEvidence {
  /// Containers, with the lines of their ids and of their addresses. They stand in the text in the same order, so that it is
  /// read once.
  mutating func take(_ found: [DockerContainer], _ lines: [PastedText.Line], _ file: String, _ first: Int) {
    var cursor = lines.startIndex
    // Ids that are not there as they were read, say with escapes, are not looked for forever.
    var patience = 8
    func next(_ matches: (String) -> Bool) -> Int? {
      guard patience > 0 else { return nil }
      if let index = lines[cursor...].firstIndex(where: { matches($0.text) }) { return index }
      patience -= 1
      return nil
    }
    for container in found {
      let start = next { $0.contains(container.id) }
      cursor = start ?? cursor
      let source = EvidenceLine(file: file, line: start.map { lines[$0].number } ?? first)
      containers.append(Evident(value: container, source: source))
      guard start != nil else { continue }
      for address in container.networks.compactMap({ $0.v4 ?? $0.v6 }) {
        // What a container was to get, `IPAMConfig`, stands before what it has.
        let index = next { text in
          text.contains("\"\(address)\"") && (text.contains("\"IPAddress\"") || text.contains("\"GlobalIPv6Address\""))
        }
        guard let index else { continue }
        containerLines[source, default: [:]][address] = EvidenceLine(file: file, line: lines[index].number)
      }
    }
  }

  /// `  backend=qcbackend (id=3 mode=tcp) addr=172.16.248.22:40142`, below the session's first line.
  mutating func note(ownEndsOf found: [Evident<HAProxySession>], _ lines: [PastedText.Line], _ file: String) {
    let starts = Dictionary(found.map { ($0.source.line, $0.source) }, uniquingKeysWith: { first, _ in first })
    var session: EvidenceLine?
    for line in lines {
      if line.text.hasPrefix("0x") { session = starts[line.number] }
      guard let session, sessionLines[session] == nil else { continue }
      guard line.text.drop(while: { $0 == " " }).hasPrefix("backend=") else { continue }
      sessionLines[session] = EvidenceLine(file: file, line: line.number)
    }
  }
}
