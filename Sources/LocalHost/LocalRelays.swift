internal import Flows
internal import LinuxSystem
internal import Proxies

/// Reads how the relays of this host relay.
struct LocalRelays {
  private let files = ProcessFiles()

  /// The answer for `process`, whose sockets are at `place`.
  func answer(_ process: Process, _ place: Place) -> RelayAnswer {
    guard let reader = RelayReaders.reader(for: process) else {
      return RelayAnswer(software: process.name, isRelay: false, isOneToOne: false)
    }
    do throws(RelayError) {
      return try reader.read(RunningProgram(process, at: place, files: files)).answer()
    } catch {
      return reader.answer(error)
    }
  }
}
