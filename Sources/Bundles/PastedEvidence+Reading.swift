internal import Flows
internal import LinuxSystem

extension PastedEvidence {
  /// Reads the files of a host that are not our own records.
  init(_ files: [HostFolder.File]) {
    for file in files { read(file) }
  }

  private static let configurations = [".cfg", ".conf", ".ovpn", ".json"]

  private mutating func read(_ file: HostFolder.File) {
    if let capture = RecordedCapture(file) {
      captures.append(capture)
      notes += capture.notes
      recognised.append((EvidenceLine(file: file.path, line: 0), CaptureOutput().name))
      return
    }
    let content: (bytes: [UInt8], isCut: Bool)
    do throws(SystemError) { content = try file.file.content() } catch {
      notes.append("\(file.path) cannot be read: \(error.errno)")
      return
    }
    if content.isCut { notes.append("\(file.path) is too large, or torn: the rest is left out") }
    let text = PastedText(
      content.bytes, hasPrompts: !file.isCopy && !Self.configurations.contains(where: file.name.hasSuffix))
    if text.isCut { notes.append("\(file.path) has too many lines: the rest is left out") }
    for part in text.parts {
      promptHost = promptHost ?? part.host
      guard !part.lines.allSatisfy({ $0.text.allSatisfy { $0 == " " } }) else { continue }
      let shown = Self.shownFile(part.command) ?? file.name
      guard let found = PastedText.recognise(part.lines, named: shown) else {
        // An unknown file is said; an unknown command of a session is none of our business.
        if part.command == nil, !file.isCopy { notes.append("\(file.path) was not recognised") }
        continue
      }
      recognised.append((EvidenceLine(file: file.path, line: found.line), found.output.name))
      let sample = PastedSample(
        part: part, file: file.path, name: file.isCopy || shown != file.name ? shown : file.path)
      take(found.output, sample, at: part.command?.place.map(EvidencePlace.init) ?? file.place)
    }
  }

  private mutating func take<Output: PastedOutput>(
    _ output: Output, _ sample: PastedSample, at place: EvidencePlace
  ) {
    findings.add(output.read(sample, notes: &notes), at: output.isOfHost ? .host : place)
  }

  /// The file that `cat` shows.
  private static func shownFile(_ command: PastedCommand?) -> String? {
    guard let command, command.showsFile, let last = command.words.last, last.hasPrefix("/") else { return nil }
    return last
  }
}
