internal import AddressSets
internal import Flows
internal import LinuxSystem
internal import Synchronization

/// The public addresses that this host's cloud reports. They are fetched on a separate thread while everything else
/// starts, and only if the firmware names a cloud.
final class LocalCloud: Sendable {
  /// The cloud's answer, or the reason why there is none.
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

  /// The cloud; nil if the firmware's data could not be read, which `state` then says.
  private let provider: CloudProvider?
  private let state = Mutex(State())
  /// For how many seconds an answer is used. Addresses can move from machine to machine, so a long-running view asks
  /// again.
  private static let lasts = 60.0

  /// Starts to ask; nil if this host is in no cloud.
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

  /// The latest answer. The first one is waited for, at most as long as `CloudMetadata` allows from its start.
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

  /// Asks again unless that was done recently.
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
      // If the cloud does not answer once, the previous answer stays.
      state.answer = answer.addresses == nil && state.answer?.addresses != nil ? state.answer : answer
      state.isAsking = false
      return state.waiting
    }
    for continuation in waiting { continuation.resume(returning: answer) }
  }
}
