public import Flows
public import LinuxSystem

/// All containers that the engines of this host know, read once.
public struct ContainerCatalog: Sendable {
  /// One container, with the engine that knows it.
  public struct Entry: Hashable, Sendable {
    /// `docker` or `podman`.
    public var runtime: String
    public var engine: DockerEngine
    public var details: DockerContainer

    public init(runtime: String, engine: DockerEngine, details: DockerContainer) {
      self.runtime = runtime
      self.engine = engine
      self.details = details
    }

    public var container: Container { details.container(runtime: runtime) }
  }

  public private(set) var entries: [Entry]
  /// What is missing and why, for people: `Docker at /run/docker.sock did not answer within 2 s: …`.
  public private(set) var notes: [String]
  /// Engines that did not answer in time.
  public private(set) var silent: Set<DockerEngine> = []
  private var absent: Set<DockerEngine> = []
  /// Engines that answered.
  private var engines: [DockerEngine] = []
  /// How many ended containers are kept. Further ones get a name only when the catalog is loaded again.
  private static let mostRecalled = 1024
  private var recalled = 0
  private var positions: [String: Int]

  /// A catalog from entries that were read elsewhere. Of entries with the same id the first wins.
  public init(entries: [Entry] = [], notes: [String] = []) {
    self.entries = []
    self.notes = notes
    positions = [:]
    for entry in entries where positions[entry.details.id] == nil {
      positions[entry.details.id] = self.entries.count
      self.entries.append(entry)
    }
  }

  /// Asks the engines of this host. It never fails: errors become notes.
  ///
  /// It needs one connection per engine and at most `inspectLimit` requests for pids and sandboxes, within one deadline
  /// per engine, and blocks until then. It does not wait again for engines that are known to be `silent`.
  public static func load(
    environment: [String: String], inspectLimit: Int = 256, silent: Set<DockerEngine> = []
  ) -> ContainerCatalog {
    do throws(DockerError) {
      let engines = try DockerEngine.candidates(environment: environment)
      var catalog = load(engines, inspectLimit: inspectLimit, silent: silent)
      // A missing usual socket is not worth a note, but a missing requested one is.
      if let absent = catalog.absent.first(where: { $0 == engines.first }), environment["DOCKER_HOST"]?.isEmpty == false
      {
        catalog.notes.append("nothing answers at DOCKER_HOST, \(absent.address): containers are shown by id")
      }
      return catalog
    } catch {
      return ContainerCatalog(notes: ["\(error): containers are shown by id"])
    }
  }

  public static func load(
    _ engines: [DockerEngine], inspectLimit: Int = 256, silent: Set<DockerEngine> = []
  ) -> ContainerCatalog {
    var entries: [Entry] = []
    var notes: [String] = []
    var absent: Set<DockerEngine> = []
    var silent = silent.intersection(engines)
    var answered: [DockerEngine] = []
    for engine in engines {
      if silent.contains(engine) {
        notes.append(note(on: DockerError(.slow, "query \(engine.address)"), engine: engine))
        continue
      }
      do throws(DockerError) {
        entries += try ask(engine, inspectLimit: inspectLimit, notes: &notes)
        answered.append(engine)
      } catch {
        if error.code == .denied, let stored = stored(engine, notes: &notes) {
          entries += stored.map { Entry(runtime: "docker", engine: engine, details: $0) }
          continue
        }
        // Most hosts have at most one engine, so a missing one needs no note.
        if error.code == .absent { absent.insert(engine) } else { notes.append(note(on: error, engine: engine)) }
        if error.code == .slow { silent.insert(engine) }
      }
    }
    var catalog = ContainerCatalog(entries: entries, notes: notes)
    catalog.silent = silent
    catalog.absent = absent
    catalog.engines = answered
    return catalog
  }

  /// Adds containers that ended recently, so that their traffic still has their names.
  ///
  /// If an engine does not list them, such containers have only their id, and each one says so.
  public mutating func recall(before now: Double) {
    for engine in engines {
      do throws(DockerError) {
        var session = try engine.session()
        let runtime = session.version.runtime
        for container in try session.gone(before: now)
        where positions[container.id] == nil && recalled < Self.mostRecalled {
          recalled += 1
          positions[container.id] = entries.count
          entries.append(Entry(runtime: runtime, engine: engine, details: container))
        }
      } catch {
        // Those containers stay without names, as noted above. An engine that did not answer in time is not asked
        // again.
        if error.code == .slow {
          silent.insert(engine)
          engines.removeAll { $0 == engine }
        }
      }
    }
  }

  public var containers: [Container] { entries.map(\.container) }

  /// The container of a process with these cgroups. Of nested containers it is the innermost that an engine knows, or
  /// else the innermost by id, with the reason why it has no name. Nil outside containers.
  public func container(forCgroupPaths paths: [CgroupPath]) -> Container? {
    let all = containers(forCgroupPaths: paths)
    return all.last { $0.reason == nil } ?? all.last
  }

  /// All containers of such a process, from the outermost to the innermost.
  public func containers(forCgroupPaths paths: [CgroupPath]) -> [Container] {
    ContainerCgroup.all(in: paths).map { cgroup in
      guard var container = entry(id: cgroup.id)?.container else { return cgroup.container(reason: reason(cgroup)) }
      container.pod = container.pod ?? cgroup.pod
      return container
    }
  }

  public func entry(id: String) -> Entry? { positions[id].map { entries[$0] } }

  /// Every container with this name, this id, or an id that starts with `text` (at least 2 digits); several if it is
  /// ambiguous. A name or a complete id takes precedence.
  public func matches(named text: String) -> [Entry] {
    let name = text.hasPrefix("/") ? String(text.dropFirst()) : text
    let exact = entries.filter { $0.details.names.contains(name) || $0.details.id == name }
    guard exact.isEmpty, name.utf8.count >= 2 else { return exact }
    return entries.filter { $0.details.id.hasPrefix(name) }
  }

  public func container(named text: String) -> [Container] { matches(named: text).map(\.container) }

  /// The running containers that publish a port of this host, on exactly this address before any address.
  public func entries(publishing port: UInt16, _ transport: Transport, at address: IPAddress) -> [Entry] {
    let publishing = { (accepts: (IPAddress) -> Bool) in
      entries.filter { entry in
        entry.details.isRunning
          && entry.details.publishedPorts.contains {
            $0.hostPort == port && $0.transport == transport && accepts($0.hostAddress)
          }
      }
    }
    let exact = publishing { $0 == address }
    return exact.isEmpty ? publishing { $0.isUnspecified && $0.isV4 == address.isV4 } : exact
  }

  private func reason(_ cgroup: ContainerCgroup) -> String {
    if let note = notes.first { return note }
    switch cgroup.runtime {
    case "lxc", "systemd-nspawn": return "\(cgroup.runtime) containers have no image"
    default: return "no container engine on this host knows its name"
    }
  }
}
