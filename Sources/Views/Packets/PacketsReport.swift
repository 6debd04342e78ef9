public import Documents

/// The complete report on packets, for people.
public struct PacketsReport: Sendable {
  public var width: Int?
  public var top: Int
  public var isVerbose: Bool

  public init(width: Int? = nil, top: Int = 10, isVerbose: Bool = false) {
    self.width = width
    self.top = top
    self.isVerbose = isVerbose
  }

  /// - Parameter grouping: the only grouping to show; nil for the most important ones.
  public func lines(_ document: PacketsDocument, by grouping: PacketsGrouping? = nil) -> [Line] {
    let table = PacketsTable(width: width, top: top)
    var lines: [Line] = []
    if let answer = document.answer { lines += wrapped(Line(answer.text)) }
    lines += wrapped(head(document))
    if let grouping {
      let part = table.lines(document, by: grouping)
      lines += part.isEmpty ? [Line("nothing to show by \(grouping.rawValue)")] : [Line()] + part
    } else {
      var groupings: [PacketsGrouping] = [.conversation, .owner, .regular, .unanswered, .question]
      if document.interfaces.count > 1 { groupings.append(.interface) }
      if isVerbose { groupings += [.source, .name, .port, .network, .file] }
      for grouping in groupings {
        let part = table.lines(document, by: grouping)
        if !part.isEmpty { lines += [Line()] + part }
      }
      if let first = document.conversations.first, isVerbose {
        lines += [
          Line(), Line("# 1 in tcpdump: \(first.filter)", .faint),
          Line("# 1 in Wireshark: \(first.displayFilter)", .faint),
        ]
      }
    }
    return lines + document.notes.flatMap { wrapped(Line("note: \($0)", .faint)) }
  }

  private func wrapped(_ line: Line) -> [Line] { width.map { line.wrapped(to: $0) } ?? [line] }

  private func head(_ document: PacketsDocument) -> Line {
    let units = Units(.bytes)
    var text =
      "\(LogsSummary.number(document.packets)) packet\(document.packets == 1 ? "" : "s"), \(units.amount(document.bytes))"
    if let first = document.first, let last = document.last {
      text += " in \(Units.duration(document.seconds)), \(first) to \(last)"
      if document.seconds >= Units.leastSeconds {
        text += ": \(Units(.bits).rate(document.bytes, over: document.seconds))"
      }
    }
    if let target = document.target {
      text +=
        "; of \(target) \(LogsSummary.number(document.matchedPackets)) packets, "
        + "\(units.amount(document.matchedBytes))"
    }
    text +=
      "; \(LogsSummary.number(UInt64(document.conversationCount))) conversation\(document.conversationCount == 1 ? "" : "s")"
    return Line(text, .faint)
  }
}
