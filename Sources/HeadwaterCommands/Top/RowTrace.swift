internal import LinuxSystem
internal import Synchronization

/// Traces a row of the live view with this same program, so that the answer is that of `headwater trace`.
final class RowTrace: Sendable {
  private let options: [String]
  private let state = Mutex<(child: ChildProcess?, isOver: Bool)>((nil, false))

  /// - Parameter options: which hosts are asked, and how.
  init(options: [String]) {
    self.options = options
  }

  /// The answer's lines; blocks until it is there.
  func lines(of target: String) -> [String] {
    do {
      let command = [try OwnFiles.runningProgram(), "trace"] + options + ["--", target]
      let child = try ChildProcess(command)
      let isOver = state.withLock { state in
        state.child = child
        return state.isOver
      }
      guard !isOver, let output = child.takeOutput() else { return [] }
      let bytes = try output.readToEnd(limit: Self.most)
      let errors = child.readErrors(limit: 65536)
      return [bytes, errors].flatMap { part in
        String(decoding: part, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
          .dropLast()
      }
    } catch {
      return ["the trace could not be started: \(error)"]
    }
  }

  /// Ends a trace that is being made.
  func stop() {
    let child = state.withLock { state in
      state.isOver = true
      return state.child
    }
    child?.end(within: 0)
  }

  private static let most = 4_000_000
}
