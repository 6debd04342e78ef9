internal import AddressSets
internal import Flows
internal import LinuxSystem
internal import Synchronization

/// What this host's cloud says of its addresses: asked on a thread of its own while everything else starts, and never where
/// the firmware names no cloud.
final class LocalCloud: Sendable {
  /// What the cloud said, or why it did not.
  struct Answer: Sendable {
    var addresses: CloudAddresses?
    var note: String?
  }

  private struct State {
    var answer: Answer?
    var waiting: [CheckedContinuation<Answer, Never>] = []
    var isAsking = false
    var asked = 0.0
  }

  /// Nil if what the firmware says could not be read, which `state` says.
  private let provider: CloudProvider?
  private let state = Mutex(State())
  /// Addresses are moved from machine to machine; a view that goes on learns of it, in seconds.
  private static let lasts = 60.0

  /// Begins to ask; nil where there is no cloud.
  init?() {
    do throws(SystemError) {
      guard let provider = try CloudProvider() else { return nil }
      self.provider = provider
      ask()
    } catch {
      provider = nil
      state.withLock { $0.answer = Answer(note: "could not determine whether this host is in a cloud: \(error)") }
    }
  }

  /// The last answer; the first is waited for, at most as long as `CloudMetadata` takes from its start.
  func answer() async -> Answer {
    ask()
    return await withCheckedContinuation { continuation in
      let known = state.withLock { state -> Answer? in
        if state.answer == nil { state.waiting.append(continuation) }
        return state.answer
      }
      if let known { continuation.resume(returning: known) }
    }
  }

  /// Asks unless that was done lately.
  private func ask() {
    guard let provider else { return }
    let isDue = state.withLock { state in
      let now = MonotonicClock.seconds
      guard !state.isAsking, state.answer == nil || now - state.asked > Self.lasts else { return false }
      (state.isAsking, state.asked) = (true, now)
      return true
    }
    guard isDue else { return }
    let hasStarted = Companion.start { self.take(Self.asked(provider)) }
    if !hasStarted { take(Answer(note: "\(provider.rawValue) could not be queried for public addresses: no thread")) }
  }

  private static func asked(_ provider: CloudProvider) -> Answer {
    do {
      return Answer(addresses: try CloudMetadata(provider).addresses())
    } catch {
      return Answer(note: "this host's public addresses in its cloud are unknown: \(error)")
    }
  }

  private func take(_ answer: Answer) {
    let waiting = state.withLock { state in
      defer { state.waiting = [] }
      // What was known stays where the cloud is silent for once.
      state.answer = answer.addresses == nil && state.answer?.addresses != nil ? state.answer : answer
      state.isAsking = false
      return state.waiting
    }
    for continuation in waiting { continuation.resume(returning: answer) }
  }
}
