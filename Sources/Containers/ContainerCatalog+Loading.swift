internal import LinuxSystem

extension ContainerCatalog {
  /// The containers of one engine. If pids could not be read for all, a note says so and nothing is thrown.
  static func ask(
    _ engine: DockerEngine, inspectLimit: Int, notes: inout [String]
  ) throws(DockerError) -> [Entry] {
    var session = try engine.session()
    var list = try session.containers()
    var left = inspectLimit
    for (index, container) in list.enumerated() where container.isRunning {
      guard left > 0 else {
        notes.append("\(engine.address): only \(inspectLimit) containers were inspected")
        break
      }
      left -= 1
      do throws(DockerError) {
        list[index].complete(from: try session.inspect(container.id))
      } catch {
        // It was removed after it was listed.
        if error.code == .refused(status: 404) { continue }
        notes.append("\(error): details of some containers are missing")
        break
      }
    }
    let runtime = session.version.runtime
    return list.map { Entry(runtime: runtime, engine: engine, details: $0) }
  }

  /// The containers of an engine that may not be asked, from its own files; nil if these may not be read either.
  static func stored(_ engine: DockerEngine, notes: inout [String]) -> [DockerContainer]? {
    guard let files = DockerStateFiles(of: engine.address) else { return nil }
    do throws(SystemError) {
      let (containers, unread) = try files.containers()
      if let first = unread.first {
        notes.append("\(first), and \(unread.count - 1) more files of Docker: some containers are shown by id")
      }
      return containers
    } catch {
      // The caller reports that the socket is refused, which is what must be fixed.
      return nil
    }
  }

  static func note(on error: DockerError, engine: DockerEngine) -> String {
    let what =
      switch error.code {
      case .slow: "\(engine.address) did not answer within \(engine.timeout.components.seconds) s"
      case .denied: "no permission to query \(engine.address) (needs root or its group)"
      default: "\(error)"
      }
    return "\(what): containers are shown by id"
  }
}

extension DockerContainer {
  /// Adds what only `inspect` shows.
  mutating func complete(from inspected: DockerContainer) {
    guard inspected.id == id else { return }
    pid = inspected.pid
    restartPolicy = inspected.restartPolicy
    restartCount = inspected.restartCount
    isChecked = inspected.isChecked
    sandboxKey = inspected.sandboxKey
    networkMode = networkMode ?? inspected.networkMode
    state = state ?? inspected.state
    // If an address is only in `inspect` and not in the list, the engine is older than 1.22.
    if networks.isEmpty { networks = inspected.networks }
    // The list leaves out the wildcard's second family in some versions; `inspect` has both.
    if inspected.publishedPorts.count > publishedPorts.count { publishedPorts = inspected.publishedPorts }
  }
}
