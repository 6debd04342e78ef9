internal import LinuxSystem
internal import Synchronization

/// Starts the probe on one host, in one round trip if it is already there, or with a copy of its file in between.
///
/// It blocks; run it on a separate thread.
final class ProbeStarter: Sendable {
  private let client: SSHClient
  private let host: HostSpecification
  private let probes: [ProbeFile]
  private let isCancelled = Atomic(false)

  init(_ client: SSHClient, _ host: HostSpecification, _ probes: [ProbeFile]) {
    self.client = client
    self.host = host
    self.probes = probes
  }

  /// Makes `run` end soon, with `cancelled`.
  func cancel() { isCancelled.store(true, ordering: .relaxed) }

  func run() throws(HostError) -> ProbeConnection {
    let begin = MonotonicClock.seconds
    var place = 1
    var isRetried = false
    var keepsOpen = true
    while true {
      let attempt = Attempt(client, host, StartScript.start(probes, from: place), began: begin, keepsOpen: keepsOpen)
      do throws(Attempt.Failure) {
        return try start(attempt)
      } catch {
        switch error {
        case .full(let next, let reason):
          guard next <= 4 else { throw HostError(.noPlace, host.name, reason) }
          place = next
        case .stale(let error):
          guard !isRetried else { throw error }
          isRetried = true
          client.close(host)
        case .unheard: keepsOpen = false
        case .final(let error): throw error
        }
      }
    }
  }

  private func start(_ attempt: Attempt) throws(Attempt.Failure) -> ProbeConnection {
    var notes: [String] = []
    let child = try attempt.child()
    defer { attempt.end() }
    while true {
      switch try attempt.line(child, until: isCancelled) {
      case .note(let note):
        if notes.count < 16 { notes.append(note) }
      case .start(var start):
        start.notes = notes
        attempt.keep()
        return ProbeConnection(host, start, MonotonicClock.seconds - attempt.began, child)
      case .need(let architecture, _, _):
        guard let probe = ProbeFile.fitting(architecture, in: probes) else {
          throw .final(HostError(.unsupported, host.name, "no probe for \(architecture)"))
        }
        try attempt.copy(probe, to: child, until: isCancelled)
      case .unsupported(let architecture):
        let have = probes.compactMap(\.architecture?.rawValue).joined(separator: ", ")
        throw .final(
          HostError(
            .unsupported, host.name, "its machine is \(architecture), and the probe here is for \(have)",
            advice: "put headwater-probe-\(architecture) beside headwater, or into the folder HEADWATER_PROBE"))
      case .noPlace:
        let reason = notes.isEmpty ? "" : ": " + notes.joined(separator: "; ")
        throw .final(
          HostError(.noPlace, host.name, "no folder was found where the probe can be stored and run\(reason)"))
      case .failed(let number, let reason): throw .full(next: number + 1, reason: reason)
      case .removed: throw .final(HostError(.notStarted, host.name, "its shell printed something unexpected"))
      }
    }
  }
}
