internal import Documents
internal import Fleet
internal import Flows
internal import LinuxSystem
internal import Sessions
internal import Views

/// The resolved request of `headwater hosts add`.
struct HostAddition {
  let name: String
  /// The destination for `ssh`; nil if it is the name.
  let ssh: String?
  /// The settings file to change.
  let file: String

  init(_ command: HostsAddCommand) throws {
    (name, ssh) = (command.name, command.ssh)
    file = try Self.file(command.hosts)
  }

  func answer() throws -> HostChangeAnswer {
    try FleetSettings.add(name, destination: ssh, to: file)
    return HostChangeAnswer(document: HostChange(.added, name: name, ssh: ssh ?? name, files: [file]))
  }

  /// The file to change: that of `--hosts`, else this user's own.
  static func file(_ named: String?) throws -> String {
    if let named { return named.contains("/") ? named : "./\(named)" }
    guard let own = FleetSettings.ownFile(environment: ProcessExit.environment) else {
      throw CommandFailure(.usage, "HOME is not set, so there is no settings file; name one with --hosts")
    }
    return own
  }
}

/// The resolved request of `headwater hosts forget`.
struct HostRemoval {
  let host: HostSpecification
  let selection: HostSelection
  /// The settings files that may have the host.
  let files: [String]

  init(_ command: HostsForgetCommand) throws {
    let settings = try Settings(file: command.file.hosts)
    host = try settings.fleet.host(named: command.name)
    selection = HostSelection(
      [host], limits: FleetLimits(timeout: command.file.hostTimeout), environment: ProcessExit.environment)
    files =
      [try HostAddition.file(command.file.hosts)] + (command.file.hosts == nil ? [FleetSettings.systemFile] : [])
  }

  func answer() async throws -> HostChangeAnswer {
    var document = HostChange(.forgotten, name: host.name, ssh: host.destination.description, files: [])
    do {
      document.probesRemoved = try await selection.forgetProbes()
    } catch let error as HostError {
      document.error = HostAnswer.Failure(code: error.code.rawValue, detail: error.detail, advice: error.advice)
    }
    var failure: CommandFailure?
    for file in files {
      do throws(SettingsError) {
        if try FleetSettings.forget(host.name, in: file) { document.files.append(file) }
      } catch {
        document.notes.append("\(error)")
        failure = failure ?? CommandFailure(translating: error)
      }
    }
    return HostChangeAnswer(document: document, failure: failure)
  }
}

/// The changes in the settings.
struct HostChangeAnswer: Answer {
  let document: HostChange
  /// Why not every settings file was changed; nil if all were.
  var failure: CommandFailure?

  func lines(_ output: Output) -> [Line] {
    let name = document.name
    switch document.action {
    case .added: return document.files.map { "\(name) was added to \($0); test it with: headwater hosts check \(name)" }
    case .forgotten:
      var lines: [Line] = document.files.map { "\(name) was removed from \($0)" }
      if let count = document.probesRemoved {
        lines.append(count == 0 ? "\(name) had no probe" : "the probe was removed from \(name)")
      }
      return lines
    }
  }

  func remarks(_ output: Output) -> [Line] {
    let notes = document.notes.map { Line($0) }
    guard let error = document.error else { return notes }
    let advice = error.advice.isEmpty ? "" : "; \(error.advice)"
    return notes + ["\(document.name): its probe, if there is one, could not be removed: \(error.detail)\(advice)"]
  }

  var status: ExitStatus { failure?.status ?? (document.error == nil ? .answered : .unreachable) }
}
