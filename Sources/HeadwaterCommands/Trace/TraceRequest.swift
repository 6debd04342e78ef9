internal import AddressSets
internal import Documents
internal import Flows
internal import LinuxSystem
internal import Places
internal import Sessions
internal import Tracing

/// The resolved request of `headwater trace`.
struct TraceRequest {
  let output: Output
  /// The target; nil for the busiest traffic.
  let target: String?
  let seconds: Double
  let bundles: [String]
  let grouping: OutsideGrouping?
  let showsEvidence: Bool
  let here: LocalMeasurement
  let others: HostSelection?
  let sets: AddressSets
  let places: Places

  init(_ command: TraceCommand) throws {
    output = command.output.resolved
    var (target, bundles) = (command.target, command.bundles)
    // `--bundle FILE… TARGET`: the last word is not a file.
    if target == nil, bundles.count > 1, let last = bundles.last, (try? Descriptor(reading: last)) == nil {
      target = bundles.removeLast()
    }
    (self.target, self.bundles) = (target, bundles)
    seconds = command.window?.seconds ?? 2
    grouping = command.by
    showsEvidence = command.evidence
    here = command.meter.resolved(output, watchesRelays: true, watchesNames: true)
    let settings = try command.hosts.settings()
    others = try command.hosts.selection(settings)
    sets = settings.addressSets()
    places = settings.places(isWanted: output.isVerbose || grouping == .country || grouping == .network)
  }

  func answer() async throws -> TraceAnswer {
    let group = try await HostGroup(here, others: others, bundles: bundles)
    let interruption = try Interruption.ofProgram()
    let tracer = Tracer(group.vantage, asksAllHosts: !bundles.isEmpty, mustStop: { interruption.hasCome })
    var trace: Trace
    do { trace = try await tracer.trace(target, seconds: seconds, sets: sets) } catch let error as TargetError {
      // A host that did not answer may have the target.
      for note in group.notes where note.isShown(isVerbose: output.isVerbose) { Console.report("\(note)") }
      for failure in group.failures where !error.names(failure.host) { Console.report("\(failure)") }
      guard group.failures.isEmpty else { throw CommandFailure(.unreachable, "\(error)") }
      throw error
    }
    if let grouping { trace.document = trace.document.groupingOutside(by: grouping) { name(of: $0, grouping) } }
    if target == nil, bundles.isEmpty, trace.document.isQuiet {
      trace.document.quiet = await QuietReport(group.vantage, trace.inventory)
    }
    trace.document.place { places.place(of: $0) }
    return TraceAnswer(
      trace: trace, target: target, host: bundles.isEmpty ? group.vantage.host : hostNames(trace),
      failures: group.failures, notes: group.notes, showsEvidence: showsEvidence,
      errors: places.takeErrors().map { "\($0)" })
  }

  /// The recorded hosts, a few by name.
  private func hostNames(_ trace: Trace) -> String {
    let names = trace.inventory.hosts ?? [trace.inventory.host]
    return names.count > 3
      ? "\(names[0]), \(names[1]) and \(names.count - 2) more hosts" : names.joined(separator: ", ")
  }

  private func name(of address: IPAddress, _ grouping: OutsideGrouping) -> String? {
    switch grouping {
    case .set: sets.name(of: address)
    case .country: places.place(of: address).flatMap { $0.countryName ?? $0.country }
    case .network: places.place(of: address)?.networkTitle
    }
  }
}
