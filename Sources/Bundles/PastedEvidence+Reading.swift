internal import Flows
internal import LinuxSystem

extension PastedEvidence {
  /// Reads the files of a host, except Headwater's own records.
  init(_ files: [HostFolder.File]) {
    var all = PastedHosts()
    for file in files { all.read(file) }
    self = all.together
  }

  static let configurations = [".cfg", ".conf", ".ovpn", ".json"]

  /// Reads the output of one command.
  mutating func read(_ part: PastedText.Part, of file: HostFolder.File, at place: EvidencePlace?) {
    let shown = Self.shownFile(part.command)
    let name = shown ?? file.name
    let isFile = file.isCopy || shown != nil || Self.configurations.contains(where: file.name.hasSuffix)
    let found = PastedRuns(part.lines, named: name, isFile: isFile, command: part.command)
    for run in found.runs {
      recognised.append((EvidenceLine(file: file.path, line: run.line), run.output.name))
      var lines = part
      let cut = CutLines(run.lines, of: run.output)
      lines.lines = cut.lines
      let sample = PastedSample(
        part: lines, file: file.path, name: file.isCopy || shown != nil ? name : file.path)
      take(run.output, sample, at: part.command?.place.map(EvidencePlace.init) ?? place ?? file.place)
      if !cut.numbers.isEmpty {
        let word = cut.numbers.count == 1 ? "line" : "lines"
        notes.append(
          Note(
            .partial,
            "\(file.path): \(word) \(Self.shown(cut.numbers)) may be cut off at column \(cut.column): their last words are "
              + "not used, since they may go on (paste whole lines: write the command's output to a file)"))
      }
    }
    // An unknown command's output is ignored, unless there are addresses in it.
    for line in found.unread where part.command == nil || PastedLine.hasAddress(line.text) {
      unread[file.path, default: []].append(line.number)
      if PastedLine.hasAddress(line.text) { unreadAddresses += 1 }
    }
  }

  private mutating func take<Output: PastedOutput>(
    _ output: Output, _ sample: PastedSample, at place: EvidencePlace
  ) {
    var said: [String] = []
    let found = output.read(sample, notes: &said)
    notes += said.map { Note(.partial, $0) }
    if output.isListing {
      let read = Set(found.map(\.source.line))
      // The number of the last line that is not the rest of another one.
      var beginning = 0
      for line in sample.lines where output.claims(line.text) || PastedLine.beginsAsSocket(line.text) {
        if output.isRest(line.text), read.contains(beginning) { continue }
        beginning = line.number
        // Names in place of numbers are ends as well.
        let isEntry =
          PastedLine.hasEnds(line.text) && output.signs.contains { $0.strength == .line && $0.matches(line.text) }
        guard isEntry || PastedLine.hasAddress(line.text) else { continue }
        guard !read.contains(line.number) else { continue }
        unread[sample.file, default: []].append(line.number)
        unreadAddresses += 1
      }
    }
    entries += found.count
    findings.add(found, at: output.isOfHost ? .host : place)
  }

  /// The file that a `cat` prints; nil for other commands.
  private static func shownFile(_ command: PastedCommand?) -> String? {
    guard let command, command.showsFile, let last = command.words.last, last.hasPrefix("/") else { return nil }
    return last
  }

  /// The lines that were not read, file by file: `out.txt: lines 1-4 and 9 were not read`.
  var unreadNotes: [Note] {
    unread.sorted { $0.key < $1.key }.map { file, numbers in
      let word = numbers.count == 1 ? "line" : "lines"
      // People write between what they paste. That lines with addresses are among them is a note of the traffic.
      return Note(.detail, "\(file): nothing is known of \(word) \(Self.shown(numbers))")
    }
  }

  /// `2-5, 9`
  private static func shown(_ numbers: [Int]) -> String {
    let ranges = ranges(numbers)
    let shown = ranges.prefix(8).map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
    return shown.joined(separator: ", ") + (ranges.count > 8 ? " and \(ranges.count - 8) other places" : "")
  }

  private static func ranges(_ numbers: [Int]) -> [ClosedRange<Int>] {
    var result: [ClosedRange<Int>] = []
    for number in Set(numbers).sorted() {
      if let last = result.last, last.upperBound + 1 == number {
        result[result.count - 1] = last.lowerBound...number
      } else {
        result.append(number...number)
      }
    }
    return result
  }

  /// Adds another part of the same host's evidence.
  mutating func merge(_ other: PastedEvidence) {
    findings.merge(other.findings)
    entries += other.entries
    captures += other.captures
    promptHost = promptHost ?? other.promptHost
    notes += other.notes
    recognised += other.recognised
    unread.merge(other.unread) { $0 + $1 }
    unreadAddresses += other.unreadAddresses
    torn.formUnion(other.torn)
  }
}
