internal import Flows

/// `nethogs -t`
struct NethogsOutput: PastedOutput {
  let name = "nethogs -t"
  let isOfHost = true
  let isListing = true
  let signs: [PastedSign] = [
    .line("a refresh of nethogs") {
      $0.hasPrefix("Refreshing:") || ($0.hasPrefix("NetHogs version"))
        || (["/", "unknown "].contains(where: $0.hasPrefix) || $0.contains("/0/0") || $0.contains("B/s")
          || $0.contains("-"))
          && NethogsLine($0, refresh: 0, line: 1) != nil
    },
    .fileName { $0.contains("nethogs") },
  ]
  let script: String? = #"""
    into "$top/nethogs" nethogs -t -c 3
    # Newer ones print whole command lines: only the program is kept.
    [ -s "$top/nethogs" ] && awk -F'\t' -v OFS='\t' '
      match($1, /\/[0-9]+\/[0-9]+$/) { head = substr($1, 1, RSTART - 1); sub(/ .*/, "", head); $1 = head substr($1, RSTART) }
      { print }' "$top/nethogs" >"$folder/nethogs.txt"
    rm -f "$top/nethogs"
    """#

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<NethogsLine>] {
    let command = text.part.command
    let isPrinted = command?.words.first == "nethogs"
    // Below another program's command a line with a path and two numbers is that program's.
    if let command, !isPrinted, !command.showsFile { return [] }
    let isTold =
      isPrinted || text.file.lowercased().contains("nethogs")
      || text.lines.contains { $0.text.hasPrefix("Refreshing:") || $0.text.hasPrefix("NetHogs version") }
    let factor = command.map { Self.factor($0.words) } ?? 1
    if factor == nil {
      notes.append("\(text.file):\(text.firstLine) is of nethogs -v with totals, which are no rates: run it without -v")
    }
    return NethogsLine.list(text.lines).compactMap { line in
      // Other programs print a path and two numbers as well; nethogs separates them with a tab, or names a unit.
      let words = text.lines.first { $0.number == line.line }.map { $0.text } ?? ""
      guard isTold || line.ends != nil || words.contains("\t") || words.contains("B/s") else { return nil }
      var line = line
      line.run = text.firstLine
      line.sent *= factor ?? 0
      line.received *= factor ?? 0
      return text.evident(line, line: line.line)
    }
  }

  /// The kilobytes a second of the unit that `-v` sets; nil for totals.
  private static func factor(_ words: [String]) -> Double? {
    var mode = "0"
    for (index, word) in words.enumerated() where word.hasPrefix("-v") {
      mode = word.count > 2 ? String(word.dropFirst(2)) : index + 1 < words.count ? words[index + 1] : "0"
    }
    return switch mode {
    case "1", "2", "3": nil
    case "4": 1024
    case "5": 1_048_576
    default: 1
    }
  }
}
