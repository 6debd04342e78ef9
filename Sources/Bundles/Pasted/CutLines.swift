internal import Flows
internal import Programs

/// Finds the lines of a listing that end at a screen's edge (`cut -c1-80`, `less -S`, a narrow terminal), and removes
/// their last words: `10.0.7.248:40` could have been `10.0.7.248:40142`.
///
/// The longest lines of a listing that was cut all have one length. That alone shows nothing, because columns are
/// aligned. Something else must be wrong: the heading stops within a word, a connection is listed twice, a line has no
/// state, a word stops within an address, or an unknown port of few digits is where a client has its port.
struct CutLines {
  /// The lines without the words that may go on.
  private(set) var lines: [PastedText.Line]
  /// The numbers of the lines that lost a word.
  private(set) var numbers: [Int] = []
  /// The longest line's length.
  private(set) var column = 0

  init(_ lines: [PastedText.Line], of output: any PastedOutput) {
    self.lines = lines
    let entries = lines.indices.filter { output.claims(lines[$0].text) && lines[$0].text.utf8.count < 4096 }
    column = entries.map { lines[$0].text.count }.max() ?? 0
    switch output {
    case is SSOutput, is NetstatOutput, is LsofOutput: cutSockets(entries, output)
    case is ConntrackOutput: cutTracked(entries)
    default: break
    }
  }

  private mutating func remove(_ index: Int, _ word: Substring) {
    numbers.append(lines[index].number)
    lines[index].text = String(lines[index].text[..<word.startIndex])
  }

  // MARK: Sockets

  private mutating func cutSockets(_ entries: [Int], _ output: any PastedOutput) {
    // ss pads its lines.
    let full = entries.filter { lines[$0].text.count == column && lines[$0].text.last != " " }
    let isCertain = full.contains { stopsWithin(lines[$0].text) } || repeats(full, output)
    for index in entries {
      let text = lines[index].text
      let words = PastedWords.split(text)
      guard let last = words.last, words.count > 3 else { continue }
      let isFull = text.count == column && text.last != " "
      if isCertain, isFull, output is NetstatOutput, let slash = last.firstIndex(of: "/"), Int32(last[..<slash]) != nil
      {
        // A program's name may go on.
        remove(index, last)
        continue
      }
      guard let port = port(last) else {
        if isFull, isCertain, last.contains("."), last.last?.isNumber == true { remove(index, last) }
        continue
      }
      guard port.count < 5 else { continue }
      let isTCP = output is LsofOutput ? words.dropLast().last == "TCP" : words[0].hasPrefix("tcp")
      // lsof and netstat print the state of each TCP connection.
      let hasNoState =
        isTCP && (output is LsofOutput || output is NetstatOutput) && last.contains("->") == (output is LsofOutput)
      let isOdd = full.count > 1 && isFull && isOddPort(port, opposite: words[words.count - 2], last)
      if hasNoState || (isFull && isCertain) || isOdd { remove(index, last) }
    }
  }

  /// The digits behind the last colon of a word that is nothing but ends.
  private func port(_ word: Substring) -> Substring? {
    guard let colon = word.lastIndex(of: ":"), !word.hasPrefix("users:") else { return nil }
    let digits = word[word.index(after: colon)...]
    let host = word[..<colon]
    guard !digits.isEmpty, digits.allSatisfy(\.isNumber), host.contains(".") || host.contains(":") else { return nil }
    return digits
  }

  /// Whether no service has the port, and the other end's port is none that a client would have.
  private func isOddPort(_ digits: Substring, opposite: Substring, _ last: Substring) -> Bool {
    let near = last.firstRange(of: "->").map { last[..<$0.lowerBound] } ?? opposite
    guard let number = UInt16(digits), let own = port(near).flatMap({ UInt16($0) }), own < 32768,
      // NFS' clients have reserved ports.
      own != 2049, own != 111
    else { return false }
    return ServiceNames.pasted.name(of: number, .tcp) == nil
  }

  /// Whether a heading, or a word of a line, stops where it must go on.
  private func stopsWithin(_ text: String) -> Bool {
    guard let last = PastedWords.split(text).last else { return false }
    if ListedSocket.SSHeader.isHeader(text) {
      return !text.contains("Peer Address:Port") || ends(text, within: ["Process"])
    }
    if text.hasPrefix("Proto "), text.contains("Recv-Q") {
      return ends(text, within: ["Foreign Address", "State", "PID/Program name", "User", "Inode"])
    }
    return last.contains(".") && [".", ":", "-", ">"].contains { last.hasSuffix($0) }
  }

  /// Whether the text ends with a beginning of one of the titles.
  private func ends(_ text: String, within titles: [String]) -> Bool {
    titles.contains { title in
      (1..<title.count).contains { count in
        let start = title.prefix(count)
        return text.hasSuffix(" \(start)") && !(title == "Foreign Address" && start == "Foreign ")
      }
    }
  }

  /// Whether some, but not all, full lines show one connection twice, as no listing does.
  private func repeats(_ full: [Int], _ output: any PastedOutput) -> Bool {
    let isHeading = { (text: String) in ListedSocket.SSHeader.isHeader(text) || text.hasPrefix("Proto ") }
    // lsof has a line for each process that holds a socket.
    guard !(output is LsofOutput) else { return false }
    var counts: [String: Int] = [:]
    for index in full where !isHeading(lines[index].text) {
      guard let last = PastedWords.split(lines[index].text).last, let port = port(last), port.count < 5 else {
        continue
      }
      counts[lines[index].text, default: 0] += 1
    }
    guard counts.values.contains(where: { $0 > 1 }) else { return false }
    // Two readings have all lines twice.
    return counts.values.contains(1) || counts.values.contains { $0 > 2 }
  }

  // MARK: Connection tracking

  /// An entry ends with `use=1`, or with `[ASSURED]`; an event may end with its bytes.
  private mutating func cutTracked(_ entries: [Int]) {
    for index in entries {
      let words = PastedWords.split(lines[index].text)
      guard let first = words.first, !first.hasPrefix("["), let last = words.last else { continue }
      if last.hasPrefix("bytes=") || last.hasPrefix("packets=") { remove(index, last) }
    }
  }
}
