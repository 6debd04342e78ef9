internal import Documents
internal import Flows

extension TraceStory {
  /// `:3129 on service: 117.4 Mbit/s, all of it from 198.51.100.77, through haproxy on tke, to python3 (pid 69) on service`
  func sentence(_ document: TraceDocument, _ phrases: [ChainPhrases], _ host: String) -> Line {
    let place = document.seconds > 0 ? (host.isEmpty ? "" : " on \(host)") : " in recorded evidence"
    var line = Line("\(document.target == "busiest" ? "the busiest traffic" : document.target)\(place)", .bold)
    let coverage = document.coverage
    let flows = phrases.reduce(0) { $0 + $1.chain.flows }
    let hasRate = document.seconds >= Units.leastSeconds
    let amount =
      coverage.bytes == 0
      ? Units.count(flows, "flow")
      : trimmed(hasRate ? units.rate(coverage.bytes, over: document.seconds) : units.amount(coverage.bytes))
    line.append(": ")
    line.append(amount, .bold)
    guard let first = phrases.first else { return line }
    let them = coverage.bytes == 0 ? "them" : "it"
    let share = first.chain.share >= 0.9995 ? "all" : trimmed(Units.percent(first.chain.share))
    line.append(", \(share) of \(them) \(first.certainty == .inferred ? "probably " : "")from ")
    line.append(first.source, first.chain.source.kind == .unknown ? .warning : .bold)
    let through = first.through
    if !through.isEmpty { line.append(", through \(through.joined(separator: " and "))") }
    if first.isToItself {
      line.append(", to itself")
    } else if let destination = first.destination {
      line.append(", to \(destination)")
    }
    return line
  }

  /// What is not explained, as a line of its own.
  func coverage(_ document: TraceDocument) -> [Line] {
    let coverage = document.coverage
    guard coverage.unknown > 0 else { return [] }
    let share = coverage.bytes == 0 ? 0 : Double(coverage.unknown) / Double(coverage.bytes)
    return [
      Line("\(trimmed(units.amount(coverage.unknown))) (\(trimmed(Units.percent(share)))) is not explained", .warning)
    ]
  }

  /// `352.9 Mbit in 3.0 s, 1 flow; every hop observed, all bytes explained; --evidence shows how each hop is known`
  func foot(_ document: TraceDocument) -> Line {
    let coverage = document.coverage
    var parts: [String] = []
    let flows = Units.count(document.chains.reduce(0) { $0 + $1.flows }, "flow")
    if coverage.bytes == 0 {
      parts.append("\(flows), amount not known")
    } else {
      let time = document.seconds > 0 ? " in \(Units.duration(document.seconds))" : " in all"
      parts.append("\(trimmed(units.amount(coverage.bytes)))\(time), \(flows)")
    }
    let hops = document.chains.flatMap(\.hops)
    let doubts = [Certainty.matched, .inferred, .unknown].compactMap { certainty -> String? in
      let count = hops.count { $0.certainty == certainty }
      return count == 0 ? nil : "\(count) \(certainty.rawValue)"
    }
    let certain =
      doubts.isEmpty ? "every hop observed" : "\(Units.count(hops.count, "hop")), \(doubts.joined(separator: ", "))"
    parts.append(certain + (coverage.unknown == 0 && coverage.bytes > 0 ? ", all bytes explained" : ""))
    if !showsEvidence { parts.append("\(evidenceOption) shows how each hop is known") }
    return Line("  \(parts.joined(separator: "; "))", .faint)
  }

  /// VPNs' own flows, which are not added to what they carry.
  func carriers(_ document: TraceDocument) -> [Line] {
    let carriers = document.carriers ?? []
    let shown = isVerbose ? carriers.count : 2
    var lines = carriers.prefix(shown).map { carrier in
      let owner = carrier.process.map(ChainPhrases.named) ?? "the kernel"
      let client = carrier.client.map { ", client \($0)" } ?? ""
      return Line(
        "  carried by \(owner)\(carrier.host.map { " on \($0)" } ?? "")\(client): "
          + "\(trimmed(units.rate(carrier.bytes, over: document.seconds))) of \(carrier.flow), not counted twice",
        .faint)
    }
    if carriers.count > shown { lines.append(Line("  and by \(carriers.count - shown) more flows of VPNs", .faint)) }
    return lines
  }

  /// The chains that are not told one by one.
  func others(_ rest: [ChainPhrases], _ document: TraceDocument) -> [Line] {
    let groups = ChainGroup.groups(rest)
    let most = limit == nil ? groups.count : 6
    var lines = groups.prefix(groups.count == most + 1 ? most + 1 : most).map { group in
      Line("   \(amount(of: group.bytes, group.share, document))  \(group.title)")
    }
    let left = groups.dropFirst(lines.count)
    if !left.isEmpty {
      let count = left.reduce(0) { $0 + $1.chains.count }
      let bytes = left.reduce(0) { $0 + $1.bytes }
      let amount = document.coverage.bytes == 0 ? "" : " (\(trimmed(units.amount(bytes))) in total)"
      lines.append(Line("   and \(Units.count(count, "smaller chain"))\(amount); -v shows all", .faint))
    }
    return wrapped(lines, indent: 5)
  }

  /// Why something is not known, as far as no hop says it, and what could not be examined.
  func notes(_ document: TraceDocument, _ told: ToldReasons) -> [Line] {
    let coverage = document.coverage
    // What explains everything needs no excuse, but says what was not to be seen.
    let isOpen = coverage.unknown > 0 || coverage.bytes == 0 || isVerbose
    let first = Notes.distinct(
      (coverage.refused ?? []) + (coverage.included ?? []) + (coverage.estimated ?? []) + (coverage.limits ?? []))
    let reasons = isOpen ? Notes.distinct(first + coverage.reasons.filter { isVerbose || !told.has($0) }) : first
    let shown = isVerbose ? reasons : Array(reasons.prefix(max(first.count, 3)))
    var lines = shown.map { Line("note: \($0)", .faint) }
    if shown.count < reasons.count {
      lines.append(Line("note: \(Units.count(reasons.count - shown.count, "more note")); -v shows them", .faint))
    }
    return wrapped(lines, indent: 6)
  }
}
