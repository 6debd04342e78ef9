public import ArgumentParser
internal import Clues
internal import Flows
internal import LinuxSystem
internal import Places
public import Tracing
internal import Vantage
internal import Views

extension OutsideGrouping: ExpressibleByArgument {}

struct TraceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Follow traffic back to its source; with no target, the busiest traffic on this host.",
    discussion: """
      TARGET is an interface (eth0), an address or prefix, address:port, :port, a flow \
      (10.0.7.248:40142-10.8.1.3:3129, either order), pid:N, a process name, a container's name or id, a named \
      address set (cloudflare), or a site's name (git.example.com; example.com stands for all below it).
      """)

  @Argument(help: "What to trace.")
  var target: String?

  @Option(name: .customLong("for"), help: ArgumentHelp("Measure for this long.", valueName: "seconds"))
  var window = Window(2)

  @Option(
    name: .customLong("bundle"), parsing: .upToNextOption,
    help: ArgumentHelp(
      "Trace over recorded evidence: archives of headwater collect, folders, or pasted outputs.", valueName: "file"))
  var bundles: [String] = []

  @Option(
    help: "Put addresses outside together: \(OutsideGrouping.allCases.map(\.rawValue).joined(separator: ", ")).")
  var by: OutsideGrouping?

  @OptionGroup var options: CommonOptions

  mutating func run() async throws {
    // `--bundle FILE… TARGET`: the last word is no file.
    if target == nil, bundles.count > 1, let last = bundles.last, (try? Descriptor(reading: last)) == nil {
      target = bundles.removeLast()
    }
    let group = try await HostGroup(options, bundles: bundles, watchesRelays: true, watchesNames: true)
    let vantage = group.vantage
    let sets = try options.addressSets()
    var trace = try await Tracer(vantage).trace(target, seconds: window.seconds, sets: sets)
    let places = try options.places(isWanted: options.verbose || by == .country || by == .network)
    if let by { trace.document = trace.document.groupingOutside(by: by) { Self.name(of: $0, by, sets, places) } }
    trace.document.place { places.place(of: $0) }
    for error in places.takeErrors() { Console.report("\(error)") }
    let document = trace.document
    if options.json {
      Console.print(try Document(document))
    } else {
      Console.print(lines(trace, host: vantage.host), options.style)
    }
    try group.reportFailures()
    if document.chains.isEmpty { throw ExitStatus.noAnswer }
  }

  private static func name(
    of address: IPAddress, _ grouping: OutsideGrouping, _ sets: AddressSets, _ places: Places
  ) -> String? {
    switch grouping {
    case .set: sets.name(of: address)
    case .country: places.place(of: address).flatMap { $0.countryName ?? $0.country }
    case .network: places.place(of: address)?.networkTitle
    }
  }

  private func lines(_ trace: Trace, host: String) -> [Line] {
    var lines: [Line] = []
    let document = trace.document
    let quiet = document.chains.isEmpty || (target == nil && Self.isQuiet(document))
    if quiet {
      let subject = target.map { "for \($0)" } ?? "on \(host)"
      lines.append(
        Line(
          document.chains.isEmpty
            ? "nothing moved \(subject) in \(Units.duration(document.seconds))"
            : "nothing much moves \(subject): under 10 kbit/s in \(Units.duration(document.seconds)); what did:", .bold)
      )
      if document.chains.isEmpty, !trace.interval.flows.isEmpty {
        lines += [Line("what did move:"), Line()]
        lines += TopTable(.process, width: options.width).lines(trace.interval)
      }
      if document.chains.isEmpty {
        lines += document.coverage.reasons.map { Line("note: \($0)", .faint) }
      }
    }
    if !document.chains.isEmpty {
      lines += TraceStory(width: options.width, limit: options.verbose ? .max : 8, isVerbose: options.verbose).lines(
        document, host: host)
    }
    return lines
  }

  /// Less than 10 kbit/s: a terminal session's keystrokes, ARP, a heartbeat.
  private static func isQuiet(_ document: TraceDocument) -> Bool {
    document.seconds > 0 && Double(document.coverage.bytes) * 8 / document.seconds < 10_000
  }
}
