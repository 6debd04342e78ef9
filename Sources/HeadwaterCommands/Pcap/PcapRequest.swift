internal import Documents
internal import Flows
internal import LinuxSystem
internal import Packets
internal import Sessions
internal import Tracing
internal import Views

/// The resolved request of `headwater pcap`.
struct PcapRequest {
  let output: Output
  let files: [String]
  let target: PacketTarget?
  let targetText: String?
  let grouping: PacketsGrouping?
  let top: Int
  let isCSV: Bool
  /// The row to write, and the new file.
  let extract: (row: Int, path: String)?
  let bundles: [String]
  /// Seconds between two summaries of growing files; nil to read them once.
  let interval: Double?

  init(_ command: PcapCommand) throws {
    output = command.output.resolved
    var files = command.files
    var text: String?
    // `FILE… TARGET`: the last word is no file.
    // Only whether there is such a file counts; reading it says what is wrong with it.
    if files.count > 1, let last = files.last, last != "-", (try? StreamFacts(of: last)) == nil,
      !Self.namesCapture(last)
    {
      text = files.removeLast()
    }
    self.files = files
    targetText = text
    target = try text.map { text in
      guard let target = PacketTarget(text) else {
        throw CommandFailure(.usage, "\(text): no file, and no address, port, flow, process or name to ask about")
      }
      return target
    }
    (grouping, top, isCSV, bundles) = (command.by, command.top, command.csv, command.bundles)
    interval = command.follow ? command.interval?.seconds ?? 5 : nil
    extract = command.write.count == 2 ? Int(command.write[0]).map { ($0, command.write[1]) } : nil
  }

  /// Whether a text that is no file was meant to be one.
  private static func namesCapture(_ text: String) -> Bool {
    guard case .word? = PacketTarget(text) else { return PacketTarget(text) == nil && text.contains("/") }
    return [".pcap", ".pcapng", ".cap", ".gz", ".zst", ".xz", ".bz2"].contains { text.hasSuffix($0) }
  }

  func run() async throws {
    let interruption = try Interruption.ofProgram()
    if let interval { return try await follow(interval, interruption) }
    var tally = PacketTally(target: target)
    let distinct = DistinctFiles(files)
    let reading = PacketFiles(distinct.paths) { interruption.hasCome }
    let isWhole = reading.read(into: &tally)
    let report = PacketReport(tally, files: reading.reports(&tally), options: options)
    var document = report.document
    document.notes += distinct.notes
    if !isWhole { document.notes.append("interrupted: the rest of the files is not read") }
    var answer = PcapAnswer(document: document, grouping: grouping, top: top)
    if !bundles.isEmpty, let asked = targetText ?? document.answer?.service { answer.trace = try await trace(asked) }
    if isCSV {
      Console.print(Document(values: PacketsCSV.text(document, by: grouping ?? .conversation)))
      for remark in answer.remarks(output) { Console.report(remark) }
      if answer.status != .answered { throw answer.status }
    } else {
      try output.show(answer)
    }
    if let extract { try write(extract.row, to: extract.path, report, document) }
  }

  private var options: PacketReport.Options {
    var options = PacketReport.Options()
    options.top = max(top, output.isJSON || isCSV ? 20 : top, extract?.row ?? 0)
    options.targetText = targetText
    return options
  }

  /// Prints summaries until it is interrupted.
  private func follow(_ interval: Double, _ interruption: Interruption) async throws {
    var tally = PacketTally(target: target)
    let reading = PacketFiles(files, mayGrow: true) { interruption.hasCome }
    var next = MonotonicClock.seconds + interval
    while true {
      reading.read(into: &tally)
      let isLast = interruption.hasCome
      if isLast || MonotonicClock.seconds >= next {
        next = MonotonicClock.seconds + interval
        var copy = tally
        let report = PacketReport(tally, files: reading.reports(&copy), options: options)
        let answer = PcapAnswer(document: report.document, grouping: grouping, top: top)
        if output.isJSON {
          Console.print(try Document(answer.document, isPretty: false))
        } else {
          Console.print(answer.lines(output) + [Line()], output.style)
        }
        for remark in answer.remarks(output) { Console.report(remark) }
        if isLast {
          if answer.status != .answered { throw answer.status }
          return
        }
      }
      // An interruption ends the program's waiting by itself.
      try? await Task.sleep(for: .milliseconds(200))
    }
  }

  /// The chain of what was asked about, from recorded evidence. If that does not have the traffic, these captures are
  /// part of the evidence, as a host of their own.
  private func trace(_ asked: String) async throws -> TraceAnswer {
    if let answer = try? await trace(asked, in: bundles), !answer.document.chains.isEmpty { return answer }
    // An error of the evidence alone is the same with the captures.
    return try await trace(asked, in: bundles + files)
  }

  private func trace(_ asked: String, in evidence: [String]) async throws -> TraceAnswer {
    let here = LocalMeasurement(environment: ProcessExit.environment)
    let group = try await HostGroup(here, others: nil, bundles: evidence)
    let interruption = try Interruption.ofProgram()
    let tracer = Tracer(group.vantage, mustStop: { interruption.hasCome })
    let trace = try await tracer.trace(asked, seconds: 1, sets: Settings(file: nil).addressSets())
    return TraceAnswer(
      trace: trace, target: asked, host: group.vantage.host, failures: group.failures, notes: group.notes,
      evidenceOption: "--verbose", errors: [])
  }

  /// Writes the packets of a row.
  private func write(_ row: Int, to path: String, _ report: PacketReport, _ document: PacketsDocument) throws {
    let rows: PacketRows
    switch grouping ?? .conversation {
    case .conversation: rows = .conversations
    case .endpoint: rows = .endpoints
    case .source: rows = .sources
    case .network: rows = .networks
    case .port: rows = .ports
    case .name: rows = .names
    case .owner: rows = .owners
    default:
      throw CommandFailure(
        .usage, "--write takes a row of conversations, or by endpoint, source, owner, name, port, network")
    }
    guard let flows = report.flows(of: row, in: rows, of: document) else {
      throw CommandFailure(.noAnswer, "there is no row \(row) to write")
    }
    guard let destination = try? StreamFacts(of: path) else { return try write(flows, to: path) }
    for file in files where (try? StreamFacts(of: file))?.isSame(as: destination) == true {
      throw CommandFailure(.usage, "\(path) is one of the files that are read")
    }
    try write(flows, to: path)
  }

  private func write(_ flows: Set<Flow>, to path: String) throws {
    let file = try FreshFile(at: path)
    var extract = PacketExtract(flows)
    try file.write(extract.start(application: "headwater \(Program.version)"))
    var failure: SystemError?
    var pending: [UInt8] = []
    for input in files where failure == nil {
      extract.copy(input) { blocks in
        pending += blocks
        guard pending.count >= 1 << 16 else { return true }
        do throws(SystemError) {
          try file.write(pending)
          pending = []
          return true
        } catch {
          failure = error
          return false
        }
      }
    }
    if let failure { throw failure }
    try file.write(pending)
    try file.finish()
    for failure in extract.failures { Console.report("\(failure)") }
    Console.report("\(extract.packets) packets written to \(path)")
  }
}
