internal import ArgumentParser
internal import Clues
internal import Flows
internal import LinuxSystem
internal import Tracing
internal import Vantage
internal import Views

struct CollectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect",
    abstract: "Write a bundle of evidence, for someone else to trace.",
    discussion: """
      The bundle is one tar.gz: what moved while it was recorded, interfaces, containers, translations, tunnels' \
      clients, relays' sessions, and the configuration and status files of VPNs and proxies; keys, passwords, tokens, \
      query strings and environments are left out. `headwater trace --bundle FILE` reads it, with no privilege at all.

      With --host NAME (repeatable) or --hosts FILE those hosts are recorded, all at the same time, each in a folder of \
      its own.

      Where nothing may be installed, `headwater collect --script | ssh HOST sudo sh > HOST.tar.gz` records with the \
      tools that are there.
      """)

  @Option(name: .customLong("for"), help: ArgumentHelp("Record for this long.", valueName: "seconds"))
  var window = Window(10)

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to write it; - for standard output.", valueName: "file"))
  var output: String?

  @Flag(help: "Print a shell script that collects with the tools of its host and writes the same to standard output.")
  var script = false

  @OptionGroup var options: CommonOptions

  func validate() throws {
    guard script || output != nil else { throw ValidationError("give --output FILE, or --script") }
  }

  func run() async throws {
    guard !script else {
      Console.print(Document(script: CollectScript.text))
      return
    }
    guard let output else { return }
    // Before the recording, so that nobody waits for a bundle that can't be written.
    var file: FreshFile?
    if output != "-" { file = try FreshFile(at: output) }
    let sets = try options.addressSets()
    guard options.hosts.isGiven else {
      let record = try await Self.record(
        try options.localVantage(watchesRelays: true, watchesNames: true), seconds: window.seconds, sets: sets)
      try finish([record], file, output)
      return
    }
    let others = try await OtherHosts(options, watchesNames: true)
    let seconds = window.seconds
    let found = await others.ask { host in
      var record = try await Self.record(host.vantage, seconds: seconds, sets: sets)
      let addresses = host.host.publicAddresses.map { ($0.key.description, $0.value) }
      if !addresses.isEmpty {
        record.host.publicAddresses = Dictionary(addresses, uniquingKeysWith: { first, _ in first })
      }
      return record
    }
    if !found.answers.isEmpty { try finish(found.answers, file, output) }
    try found.reportFailures(isVerbose: options.verbose)
    if found.answers.isEmpty { throw CommandFailure(.usage, "no host is known to collect from") }
  }

  /// Measures, follows everything that moved, and writes down what was answered.
  private static func record(
    _ vantage: any Vantage, seconds: Double, sets: AddressSets
  ) async throws -> BundleRecord {
    let recorder = RecordingVantage(vantage)
    let trace = try await Tracer(recorder).trace(nil, seconds: seconds, sets: sets)
    // Another host may ask for what this trace did not follow. Side by side: each may be a way there and back.
    let rows = Array(trace.interval.flows.prefix(20_000))
    for start in stride(from: 0, to: rows.count, by: 64) {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for row in rows[start..<min(start + 64, rows.count)] {
          group.addTask { _ = try await recorder.translation(of: row.flow, in: row.namespace) }
        }
        try await group.waitForAll()
      }
    }
    let owners =
      trace.interval.flows.map(\.owner) + trace.inventory.namespaces.flatMap(\.interfaces).compactMap(\.deviceOwner)
    let pids = Set(owners.compactMap(\.process?.pid)).sorted().prefix(Questions.processLimit)
    var files: [BundleRecord.File] = []
    do { files = try await recorder.files(of: Array(pids)) } catch let error as VantageError
      where error.code != .disconnected
    {
      // An older probe does not know the question; without the files it is evidence all the same.
      Console.report("no files are collected: \(error)")
    }
    for note in Set(files.compactMap(\.unread)).sorted() { Console.report(Line(note)) }
    return BundleRecord(
      inventory: trace.inventory, interval: trace.interval, answers: await recorder.answers,
      sockets: try await recorder.sockets(), files: files)
  }

  private func finish(_ records: [BundleRecord], _ file: consuming FreshFile?, _ output: String) throws {
    let bytes = try BundleRecord.archive(records)
    if let file {
      try file.write(bytes)
      try file.finish()
    } else {
      try Console.print(archive: bytes)
    }
    for record in records {
      let (interval, files) = (record.interval, record.files)
      var line = Line("\(interval.flows.count) flows of \(Units.duration(interval.seconds)) and \(files.count) files")
      line.append(" of \(record.host.name ?? "") in \(output), \(bytes.count) bytes;")
      line.append(" \(record.host.leftOut ?? 0) lines of files and command lines left out or cut short")
      Console.report(line)
    }
  }
}
