public import Bundles
public import Flows
public import Questions
internal import Tracing

/// One host's part of a bundle, as recorded.
public struct BundleRecording: Sendable {
  public var record: BundleRecord
  /// What is missing in it, and why.
  public var notes: [String] = []

  /// Measures, follows everything that moved, and records the answers.
  public init(_ vantage: any Vantage, seconds: Double, sets: some NamedSets) async throws {
    let recorder = RecordingVantage(vantage)
    let interruption = try Interruption.ofProgram()
    let tracer = Tracer(recorder, mustStop: { interruption.hasCome })
    let trace = try await tracer.trace(nil, seconds: seconds, sets: sets)
    // Whoever reads it elsewhere can't ask again, so what could not be seen is said here, too.
    notes += trace.interval.notes + trace.inventory.notes.filter { !trace.interval.notes.contains($0) }
    // Another host may ask for what this trace did not follow. All at once, because each may take a network round trip.
    let rows = Array(trace.interval.flows.prefix(20_000))
    for start in stride(from: 0, to: rows.count, by: 64) {
      guard !interruption.hasCome else {
        notes.append("a signal ended the recording: translations of \(rows.count - start) flows are missing")
        break
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for row in rows[start..<min(start + 64, rows.count)] {
          group.addTask {
            // Without one answer, the others are still evidence. The recorder keeps why there is none.
            do { _ = try await recorder.translation(of: row.flow, in: row.namespace) } catch is VantageError {}
          }
        }
        try await group.waitForAll()
      }
    }
    let owners =
      trace.interval.flows.map(\.owner) + trace.inventory.namespaces.flatMap(\.interfaces).compactMap(\.deviceOwner)
    let pids = Set(owners.compactMap(\.process?.pid)).sorted().prefix(Questions.processLimit)
    var files: [CollectedFile] = []
    do { files = try await recorder.files(of: Array(pids)) } catch let error as VantageError
      where error.code != .disconnected || interruption.hasCome
    {
      // An older probe does not know the question; the bundle is useful without the files.
      notes.append("configuration and status files were not collected: \(error)")
    }
    notes += Set(files.compactMap(\.unread)).sorted()
    var sockets: [SocketListing] = []
    do { sockets = try await recorder.sockets() } catch let error as VantageError
      where error.code != .disconnected || interruption.hasCome
    {
      // Without the list the rest is evidence all the same.
      if error.endsConversation { notes.append("sockets were not recorded: \(error.cause)") }
    }
    notes += await recorder.answers.refusalCounts.map { refused in
      let more = refused.causes.count - 1
      let others = more > 0 ? "; and \(more) other \(more == 1 ? "reason" : "reasons")" : ""
      return
        "\(refused.count) \(refused.count == 1 ? "question" : "questions") for the \(refused.question) not answered: "
        + (refused.causes.first ?? "") + others
    }
    record = BundleRecord(
      inventory: trace.inventory, interval: trace.interval, answers: await recorder.answers,
      sockets: sockets, files: files)
  }
}
