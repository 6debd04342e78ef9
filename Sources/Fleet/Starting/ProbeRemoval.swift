internal import LinuxSystem
internal import Synchronization

/// Removes this user's probes from a host. It blocks; run it on a separate thread.
struct ProbeRemoval: Sendable {
  private let client: SSHClient
  private let host: HostSpecification

  init(_ client: SSHClient, _ host: HostSpecification) {
    self.client = client
    self.host = host
  }

  /// Removes the probes and returns the number of files.
  func run() throws(HostError) -> Int {
    let attempt = Attempt(client, host, StartScript.remove, began: MonotonicClock.seconds)
    let goesOn = Atomic(false)
    do throws(Attempt.Failure) {
      let child = try attempt.child()
      defer { attempt.end() }
      while true {
        if case .removed(let number) = try attempt.line(child, until: goesOn) { return number }
      }
    } catch {
      switch error {
      case .final(let error), .stale(let error), .unheard(let error): throw error
      case .full(_, let reason): throw HostError(.notStarted, host.name, reason)
      }
    }
  }
}
