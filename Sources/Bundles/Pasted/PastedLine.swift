/// Removes from a line what mails, blogs, numbering and editors add to a program's output.
struct PastedLine {
  /// Lines that a program prints besides its output and that have no information. They count as read.
  private static let remarks = [
    "(Not all processes could be identified", "netstat: no support for", "lsof: WARNING", "(No info could be read for",
    " will not be shown, you would have to be root",
    "conntrack v1.", "(conntrack-tools)", "WARNING: Can't stat()", "Output information may be incomplete",
    "Ethernet link detected", "Waiting for first packet", "tcpdump: verbose output suppressed", "listening on ",
    "packets captured", "packets received by filter", "packets dropped by kernel", "Adding local address:",
  ]

  /// The text without quote marks of mails, Markdown fences, HTML entities and typographic marks.
  static func plain(_ line: String) -> String {
    var text = line
    if text.first == ">" {
      var rest = text[...]
      while rest.first == ">" { rest = rest.dropFirst().drop { $0 == " " && $0 != "\n" } }
      // Text that was indented behind a quote mark stays indented.
      let quote = text.prefix { $0 == ">" }
      let behind = text[quote.endIndex...]
      text = quote.count == 1 && behind.first == " " ? String(behind.dropFirst()) : String(rest)
    }
    if text.hasPrefix("```") || text.hasPrefix("~~~") { return "" }
    if text.contains("&") {
      for (code, sign) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
      where text.contains(code) { text.replace(code, with: sign) }
    }
    if text.utf8.contains(where: { $0 >= 0x80 }) {
      for (mark, sign) in [
        ("\u{201C}", "\""), ("\u{201D}", "\""), ("\u{2018}", "'"), ("\u{2019}", "'"), ("\u{2013}>", "->"),
      ] where text.contains(mark) { text.replace(mark, with: sign) }
    }
    for tag in ["<pre>", "</pre>", "<code>", "</code>", "<br>", "<br/>"] where text.contains(tag) {
      text.replace(tag, with: "")
    }
    return text
  }

  /// Whether it is a program's remark without information.
  static func isRemark(_ text: String) -> Bool {
    guard text.utf8.count < 400 else { return false }
    return text.allSatisfy { " =-*_#~+|".contains($0) || $0 == "\t" } || remarks.contains { text.contains($0) }
  }

  /// Whether two words are ends of a flow, with names or numbers: `node1:58202`, `es01:wap-wsp`.
  static func hasEnds(_ text: String) -> Bool {
    PastedWords.split(text).filter { word in
      word.lastIndex(of: ":").map { $0 > word.startIndex && $0 < word.index(before: word.endIndex) } ?? false
    }.count >= 2
  }

  /// Whether the line begins as that of a socket does, even if a column is damaged: `ESTAB O 0 1O.8.1.3:3129 …`.
  static func beginsAsSocket(_ text: String) -> Bool {
    guard text.first.map({ $0 != " " && $0 != "\t" }) == true, text.utf8.count < 4096 else { return false }
    let words = PastedWords.split(text)
    guard words.count > 4, let first = words.first else { return false }
    return ListedSocket.state(first) != nil || ListedSocket.transport(first) != nil
  }

  /// The text behind what syslog or the journal puts in front, `Nov 30 22:01:02 svc netdump[771]: `, and that name; nil
  /// for other lines.
  static func logged(_ text: String) -> (tag: Substring, text: String)? {
    guard text.utf8.count < 4096, let sign = text.firstRange(of: "]: ") ?? text.firstRange(of: ": ") else { return nil }
    let head = PastedWords.split(text[..<sign.upperBound])
    // Month, day, time, host, program; or a time with its date, host, program.
    let isShort = head.count == 5 && head[2].filter { $0 == ":" }.count == 2 && Int(head[1]) != nil
    let isISO = head.count == 3 && head[0].contains("T") && head[0].filter { $0 == ":" }.count >= 2
    guard isShort || isISO, let tag = head.last else { return nil }
    return (tag, String(text[sign.upperBound...]))
  }

  /// The lines, in which a listing that went to syslog or the journal has no more in front of its lines.
  static func unlogged(_ lines: [PastedText.Line]) -> [PastedText.Line] {
    var tags: Set<Substring> = []
    for line in lines {
      guard let found = logged(line.text), !tags.contains(found.tag) else { continue }
      let output = PastedOutputs.claiming(found.text, after: nil)
      if output is SSOutput || output is NetstatOutput || output is ConntrackOutput || output is LsofOutput {
        tags.insert(found.tag)
      }
    }
    guard !tags.isEmpty else { return lines }
    return lines.map { line in
      guard let found = logged(line.text), tags.contains(found.tag) else { return line }
      return PastedText.Line(number: line.number, text: found.text)
    }
  }

  /// Whether the line has an address or an end of a flow, so that a person who looks for traffic would want it to be
  /// read.
  static func hasAddress(_ text: String) -> Bool {
    guard text.utf8.count < 65536 else { return true }
    return text.split { !($0.isHexDigit || $0 == "." || $0 == ":") }.contains { word in
      let parts = word.split(separator: ":").first.map { $0.split(separator: ".") } ?? []
      return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }
  }
}

extension PastedText {
  /// Removes numbers in front of lines (`cat -n`, `nl`, `grep -n`) and an indentation that all lines of a block have.
  static func withoutMargins(_ lines: [String]) -> [String] {
    var result = lines
    var start = 0
    while start < lines.count {
      guard !isBlank(lines[start]) else {
        start += 1
        continue
      }
      var end = start
      while end < lines.count, !isBlank(lines[end]) { end += 1 }
      unnumber(&result, start..<end)
      unindent(&result, start..<end)
      start = end
    }
    return result
  }

  /// Whether the first word is an IPv6 address, or an end with one.
  private static func isAddress(_ text: Substring) -> Bool {
    guard let word = PastedWords.split(text).first else { return false }
    return PastedWords.address(word) != nil
      || word.filter { $0 == ":" }.count > 1
        && PastedWords.endpoint(word, .tcp, nil).map { $0.address.standsFor == nil } == true
  }

  static func isBlank(_ text: String) -> Bool { text.utf8.allSatisfy { $0 == 32 || $0 == 9 } }

  /// Removes `     1\ttext` of `cat -n` and `12:text` of `grep -n`, if each number is higher than the one before.
  private static func unnumber(_ lines: inout [String], _ block: Range<Int>) {
    guard block.count > 1 else { return }
    for separator in ["\t", ":"] {
      var last = 0
      var cuts: [String] = []
      for index in block {
        let text = lines[index].drop { $0 == " " }
        guard let sign = text.firstRange(of: separator), let number = Int(text[..<sign.lowerBound]), number > last,
          separator == "\t" || !(text[sign.upperBound...].first.map { $0.isNumber || $0 == " " } ?? false),
          // `2001:db8::1` is no line 2001.
          separator == "\t" || !isAddress(text)
        else { break }
        last = number
        cuts.append(String(text[sign.upperBound...]))
      }
      if cuts.count == block.count {
        for (offset, text) in cuts.enumerated() { lines[block.lowerBound + offset] = text }
        return
      }
    }
  }

  private static func unindent(_ lines: inout [String], _ block: Range<Int>) {
    var margin = Int.max
    for index in block {
      let spaces = lines[index].utf8.prefix { $0 == 32 }
      margin = min(margin, spaces.count)
    }
    guard margin > 0, margin < Int.max else { return }
    for index in block { lines[index] = String(lines[index].dropFirst(margin)) }
  }
}
