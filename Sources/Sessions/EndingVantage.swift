internal import LinuxSystem
internal import Probe
internal import Questions

/// Another host for a person who may press Ctrl-C: its windows then end early, and the wait for its answers is short.
struct EndingVantage: Vantage {
  /// For how many seconds after the signal answers are still awaited.
  static let patience = 0.7

  let remote: RemoteVantage
  let interruption: Interruption

  var host: String { remote.host }

  func ask<Q: Question>(_ question: Q) async throws -> Told<Q.Answer> {
    let asking = Task { try await remote.ask(question) }
    let isMeasuring = question.window > 0
    return try await withTaskCancellationHandler {
      do {
        return try await interruption.during({
          // A probe that does not know the question is disconnected when the time is over.
          if isMeasuring { Task { _ = try? await remote.ask(EndQuestion()) } }
          Task {
            let left = Self.patience - (interruption.age ?? 0)
            // It ends in any case, cancelled or not.
            if left > 0 { try? await Task.sleep(for: .seconds(left)) }
            asking.cancel()
          }
        }) { try await asking.value }
      } catch {
        try Task.checkCancellation()
        guard asking.isCancelled else { throw error }
        throw VantageError(
          .slow, host: host, "\(question)", cause: "it had not answered when a signal ended the command")
      }
    } onCancel: {
      asking.cancel()
    }
  }
}
