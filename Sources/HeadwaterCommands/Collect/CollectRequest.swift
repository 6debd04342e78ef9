internal import AddressSets
internal import Bundles
internal import Documents
internal import Flows
internal import LinuxSystem
internal import Sessions
internal import Views

/// The resolved request of `headwater collect`.
struct CollectRequest: Sendable {
  let output: Output
  let seconds: Double
  /// The path of the bundle; `-` for standard output.
  let path: String
  let here: LocalMeasurement
  /// The other hosts; nil for this host.
  let others: HostSelection?
  let sets: AddressSets

  init(_ command: CollectCommand) throws {
    output = Output(isJSON: command.json, isVerbose: command.verbose)
    seconds = command.window?.seconds ?? 10
    path = command.output ?? "-"
    here = command.meter.resolved(output, watchesRelays: true, watchesNames: true)
    let settings = try command.hosts.settings()
    others = try command.hosts.selection(settings)
    sets = settings.addressSets()
  }

  func answer() async throws -> CollectAnswer {
    // Before the recording, so that a person does not wait for a bundle that can't be written.
    var file: FreshFile?
    if path != "-" { file = try FreshFile(at: path) }
    let found: HostAnswers<BundleRecording>
    if let others {
      found = try await OtherHosts(others, starting: .meterAndNames).ask { host in
        var recording = try await BundleRecording(host.vantage, seconds: seconds, sets: sets)
        let addresses = host.host.publicAddresses.map { ($0.key.description, $0.value) }
        if !addresses.isEmpty {
          recording.record.host.publicAddresses = Dictionary(addresses, uniquingKeysWith: { first, _ in first })
        }
        return recording
      }
    } else {
      found = HostAnswers([try await BundleRecording(try here.vantage(), seconds: seconds, sets: sets)])
    }
    return try answer(found, in: file)
  }

  private func answer(_ found: HostAnswers<BundleRecording>, in file: consuming FreshFile?) throws -> CollectAnswer {
    let silent = found.failures + found.refusals
    let records = found.answers.map { answer in
      var record = answer.record
      record.host.unreached = silent.isEmpty ? nil : silent
      return record
    }
    let bytes = records.isEmpty ? [] : try BundleRecord.archive(records)
    if records.isEmpty {
      // Nothing was recorded, so the existing file stays.
    } else if let file {
      try file.write(bytes)
      try file.finish()
    } else {
      try Console.print(archive: bytes)
    }
    let hosts = records.map { record in
      CollectDocument.Host(
        name: record.host.name ?? "", seconds: record.interval.seconds, flows: record.interval.flows.count,
        files: record.files.count, leftOut: record.host.leftOut)
    }
    return CollectAnswer(
      document: CollectDocument(
        output: records.isEmpty ? nil : path, bytes: bytes.count, hosts: hosts,
        unreached: silent.map { HostSilence(host: $0.host, reason: $0.reason) },
        notes: found.notes.map(\.text)
          + found.answers.flatMap { answer in
            answer.notes.map {
              found.answers.count + found.failures.count + found.refusals.count > 1
                ? "\(answer.record.host.name ?? ""): \($0)" : $0
            }
          }))
  }

}

/// The recorded bundle. Everything is printed on standard error, because standard output may be the bundle.
struct CollectAnswer: Answer {
  let document: CollectDocument

  func lines(_ output: Output) -> [Line] { [] }

  func remarks(_ output: Output) -> [Line] {
    var remarks = document.notes.map { Line($0) }
    if !output.isJSON {
      if let output = document.output, output != "-" { remarks.append("wrote \(output), \(document.bytes) bytes") }
      remarks += document.hosts.map { host in
        "\(host.name): \(Units.count(host.flows, "flow")) in \(Units.duration(host.seconds)) and \(Units.count(host.files, "file")); \(Units.count(host.leftOut ?? 0, "line")) of files and command lines left out or cut short"
      }
    }
    return remarks + document.unreached.map { "\($0.host): \($0.reason)" }
  }

  var status: ExitStatus { document.unreached.isEmpty ? .answered : .unreachable }
}
