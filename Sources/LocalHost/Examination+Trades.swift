internal import AccessLogs
internal import Flows
internal import LinuxSystem
internal import Proxies
internal import Questions
internal import VPNs

/// Which programs with relays, tunnels and access logs run here, and whether they can be read.
extension Examination {
  static func trades(_ environment: [String: String]) -> [Check] {
    var state = LocalState(environment: environment)
    state.refresh()
    return [relays(&state), tunnels(&state), logs(&state)]
  }

  /// How many programs of each kind are named.
  private static let nameLimit = 20

  // MARK: Relays

  private static func relays(_ state: inout LocalState) -> Check {
    let read = RelayReaders.all.filter { !$0.reads.isEmpty }.map { "\($0.software) (\($0.reads.words))" }
    let named = RelayReaders.all.filter(\.reads.isEmpty).map(\.software)
    let files = ProcessFiles()
    var running: [String] = []
    var problems: [String] = []
    if let hidden = files.hidden { problems.append("\(hidden)") }
    do throws(SystemError) {
      let processes = files.read(try files.allPIDs())
      for process in processes.values.sorted(by: { $0.pid < $1.pid }) {
        guard let reader = RelayReaders.reader(for: process) else { continue }
        // Workers share their master's configuration.
        if process.parents?.first?.name == process.name { continue }
        let title = "\(process.name) (pid \(process.pid))"
        // Only answers about sockets use the place, and those are not shown.
        let place = files.networkNamespace(process.pid) ?? Place(namespace: 0)
        do throws(RelayError) {
          let answer = try reader.read(RunningProgram(process, at: place, files: files)).answer()
          guard answer.isRelay || reader.reads.contains(.logs) else { continue }
          running.append(reader.reads.isEmpty ? "\(title) by its name only" : title)
          problems += answer.notes.map { "\(title): \($0)" }
        } catch {
          running.append(title)
          problems.append("\(title): \(error)")
        }
      }
    } catch {
      problems.append("the processes of this host cannot be listed: \(error)")
    }
    return check(
      "relays", known: "read: \(read.joined(separator: ", ")); known by name: \(named.joined(separator: ", "))",
      running,
      problems, cost: "their connections are paired without their own session lists")
  }

  // MARK: Tunnels

  private static func tunnels(_ state: inout LocalState) -> Check {
    let read = TunnelReaders.all.filter { $0.limitation == nil }.map(\.type)
    let named = Set(TunnelReaders.all.filter { $0.limitation != nil }.map(\.type)).sorted()
    var running: [String] = []
    var problems: [String] = []
    for place in state.namespaces.descriptions {
      for device in place.interfaces {
        guard let held = LocalTunnels.holder(of: device) else { continue }
        let holder = held.owner.process.map { "\($0.name) (pid \($0.pid))" } ?? "the kernel"
        let title = "\(device.name) of \(place.name), by \(holder)"
        guard let reader = held.reader else {
          let answer = UnknownTunnel.answer(behind: device.name, of: held.owner)
          running.append("\(device.name) of \(place.name)")
          problems.append("\(device.name) of \(place.name): \(answer.reason ?? "unknown")")
          continue
        }
        running.append("\(title) (\(reader.type))")
        if let limitation = reader.limitation {
          problems.append("\(title): \(limitation)")
          continue
        }
        do throws(TunnelError) {
          _ = try reader.peers(behind: LocalTunnels.device(device, held.owner, place, state.namespaces))
        } catch {
          problems.append("\(title): \(error)")
        }
      }
    }
    return check(
      "tunnels", known: "read: \(read.joined(separator: ", ")); known by name: \(named.joined(separator: ", "))",
      running,
      problems, cost: "the clients behind these devices are unknown")
  }

  // MARK: Access logs

  private static func logs(_ state: inout LocalState) -> Check {
    let owners = state.owners
    let found = LocalLogs().find { (pid) throws(ProcessError) in try owners.owner(ofProcess: pid) }
    let running = found.logs.map { "\($0.path) of \($0.software)\($0.container.map { " in \($0.title)" } ?? "")" }
    return check(
      "access logs", known: "formats: \(LogFormats.names.map(\.description).joined(separator: ", "))", running,
      found.notes + found.refusals.map(\.description), cost: "the requests to these servers are unknown")
  }

  private static func check(
    _ subject: String, known: String, _ running: [String], _ problems: [String], cost: String
  ) -> Check {
    let shown = running.prefix(nameLimit).joined(separator: ", ")
    let more = running.count > nameLimit ? ", and \(running.count - nameLimit) more" : ""
    return Check(
      subject: subject, outcome: problems.isEmpty ? .works : .limited,
      detail: "\(known); here: \(running.isEmpty ? "none" : shown + more)",
      cost: problems.isEmpty ? nil : "\(cost): \(problems.prefix(nameLimit).joined(separator: "; "))")
  }
}
