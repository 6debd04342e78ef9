public import Documents
internal import Flows

/// A trace for people, the answer first: one sentence, then the way of the traffic drawn from its source to the symptom, a
/// line a hop, then what is not known and what to do. With `showsEvidence` each hop has its evidence and the command that
/// checks it.
public struct TraceStory: Sendable {
  public var units: Units
  public var width: Int?
  /// How many chains have their own way at most, and how many with `showsEvidence`; the others are put together by what they
  /// share. Nil shows all of them.
  public var limit: Int?
  /// Whether all notes are shown.
  public var isVerbose: Bool
  public var showsEvidence: Bool
  /// What to type for the evidence: an option of the command that shows this.
  public var evidenceOption = "--evidence"

  public init(
    units: Units = Units(), width: Int? = nil, limit: Int? = 3, isVerbose: Bool = false, showsEvidence: Bool = false
  ) {
    self.units = units
    self.width = width
    self.limit = limit
    self.isVerbose = isVerbose
    self.showsEvidence = showsEvidence
  }

  /// How many lines the ways of a trace take, unless the first alone needs more.
  static let room = 18

  public func lines(_ document: TraceDocument, host: String) -> [Line] {
    let hosts = Set(document.chains.flatMap(\.hops).compactMap(\.host))
    let phrases = document.chains.map { ChainPhrases($0, namesHosts: hosts.count > 1) }
    var told = ToldReasons()
    var lines = wrapped([sentence(document, phrases, host)], indent: 2)
    lines += coverage(document)
    let (ways, shown) = self.ways(document, phrases, &told)
    lines += ways
    let rest = Array(phrases.dropFirst(shown))
    if !rest.isEmpty { lines += [Line()] + others(rest, document) }
    lines.append(Line())
    lines += wrapped((showsEvidence ? [] : carriers(document)) + [foot(document)], indent: 4)
    lines += notes(document, told)
    if !document.findings.isEmpty { lines.append(Line()) }
    for finding in document.findings {
      var line = Line("\(finding.severity.rawValue.uppercased())  ", finding.severity == .low ? .plain : .warning)
      line.append(finding.summary, .bold)
      lines += wrapped([line, Line("  \(finding.remedy)")], indent: 4)
      // A command is never shortened, so that it can be copied.
      if let command = finding.command { lines.append(Line("  \(command)")) }
    }
    return lines
  }

  /// Lines of at most the terminal's width; what is longer is continued below.
  func wrapped(_ lines: [Line], indent: Int) -> [Line] {
    guard let width, width >= 20 else { return lines }
    return lines.flatMap { $0.wrapped(to: width, indent: indent) }
  }

  /// The chains that are told one by one, and how many they are.
  private func ways(
    _ document: TraceDocument, _ phrases: [ChainPhrases], _ told: inout ToldReasons
  ) -> (lines: [Line], count: Int) {
    var lines = showsEvidence ? (document.carriers ?? []).map { carrier($0, document.seconds) } : []
    var count = 0
    for (index, phrase) in phrases.enumerated() {
      if let limit, index >= (showsEvidence ? max(limit, 8) : limit) { break }
      // Small ones are put together with others.
      if limit != nil, !showsEvidence, index > 0, phrase.chain.share < 0.02 { break }
      var tried = told
      var way: [Line] = [Line()]
      if showsEvidence {
        way += evidence(phrase.chain, number: index + 1, seconds: document.seconds)
      } else {
        if phrases.count > 1 { way += wrapped([heading(phrase, index + 1, document)], indent: 4) }
        way += phrase.chain.destination.site.map { site($0, isWhole: false) } ?? []
        way += ChainWay(phrase.chain, namesHosts: phrase.namesHosts).lines(width: width, &tried)
      }
      if limit != nil, !showsEvidence, index > 0, lines.count + way.count > Self.room { break }
      lines += way
      told = tried
      count += 1
    }
    return (lines, count)
  }

  /// `1  80.0 %  4.0 Mbit/s  203.0.113.77 to squid (pid 811) in container web at 172.17.0.2:80, 2 flows`
  private func heading(_ phrase: ChainPhrases, _ number: Int, _ document: TraceDocument) -> Line {
    var line = Line("\(number)  ", .faint)
    line.append("\(amount(of: phrase.chain.bytes, phrase.chain.share, document))  ")
    line.append(phrase.source, phrase.chain.source.kind == .unknown ? .warning : .bold)
    line.append("\(phrase.destination.map { " to \($0)" } ?? ""), \(Units.count(phrase.chain.flows, "flow"))")
    return line
  }

  /// `80.0 %  4.0 Mbit/s`; of recorded outputs, which have no rates, the amount.
  func amount(of bytes: UInt64, _ share: Double, _ document: TraceDocument) -> String {
    let percent = trimmed(Units.percent(share))
    guard document.coverage.bytes > 0 else { return percent }
    let hasRate = document.seconds >= Units.leastSeconds
    return "\(percent)  \(trimmed(hasRate ? units.rate(bytes, over: document.seconds) : units.amount(bytes)))"
  }

  func trimmed(_ text: String) -> String {
    String(text.drop { $0 == " " })
  }
}

/// The reasons that were already given: each is given once.
struct ToldReasons {
  private var texts: Set<String> = []

  /// Whether `reason` is new.
  mutating func isNew(_ reason: String) -> Bool { texts.insert(reason).inserted }

  func has(_ reason: String) -> Bool { texts.contains(reason) }
}
