public import Bundles
public import Flows
public import Questions
internal import Tracing

/// One host's part of a bundle, as it was recorded.
public struct BundleRecording: Sendable {
  public var record: BundleRecord
  /// What is missing in it, and why.
  public var notes: [String] = []

  /// Measures, follows everything that moved, and writes down what was answered.
  public init(_ vantage: any Vantage, seconds: Double, sets: some NamedSets) async throws {
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
    var files: [CollectedFile] = []
    do { files = try await recorder.files(of: Array(pids)) } catch let error as VantageError
      where error.code != .disconnected
    {
      // An older probe does not know the question; without the files it is evidence all the same.
      notes.append("configuration and status files were not collected: \(error)")
    }
    notes += Set(files.compactMap(\.unread)).sorted()
    record = BundleRecord(
      inventory: trace.inventory, interval: trace.interval, answers: await recorder.answers,
      sockets: try await recorder.sockets(), files: files)
  }
}
