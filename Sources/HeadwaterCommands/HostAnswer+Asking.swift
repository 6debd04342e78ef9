internal import Fleet
internal import Flows
internal import LinuxSystem

extension HostAnswer {
  /// Connects to `host` and asks it about itself.
  init(asking host: HostSpecification, _ fleet: Fleet) async {
    let begin = MonotonicClock.seconds
    let result = await fleet.connect(to: host)
    self.init(name: host.name, ssh: host.destination.description, reachable: false, seconds: 0)
    switch result {
    case .success(let connection):
      reachable = true
      privileges = connection.start.privileges.rawValue
      architecture = connection.start.architecture
      place = connection.start.place
      copied = connection.start.isCopied
      notes = connection.start.notes
      if connection.start.check == .size {
        notes.append("the host has no program for SHA-256: of the probe only its length was compared")
      }
      connection.end()
    case .failure(let failure):
      error = Failure(code: failure.code.rawValue, detail: failure.detail, advice: failure.advice)
    }
    seconds = MonotonicClock.seconds - begin
  }
}
