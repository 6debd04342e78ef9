internal import CLinux
public import Flows

/// All network namespaces that a process, a name, or a Docker sandbox keeps alive.
///
/// Shell counterpart: `lsns -t net; ip netns list; ls /run/docker/netns`.
public struct NamespaceCatalog: Sendable {
  /// A namespace that could not be identified, or several for one reason.
  public struct Unreadable: Hashable, Sendable {
    /// What could not be read: `/run/netns/x`, or `37 processes`.
    public var subject: String
    public var errno: Errno
    /// The capability that reading it needs.
    var needed: Capabilities = .CAP_SYS_PTRACE

    /// The reason for people:
    /// `the network namespace of 37 processes cannot be read: Permission denied (CAP_SYS_PTRACE)`.
    public var text: String {
      let lacking = errno.isDenial ? needed.subtracting(.effective()) : []
      return "the network namespace of \(subject) cannot be read: \(errno)" + (lacking.isEmpty ? "" : " (\(lacking))")
    }
  }

  /// How many pids are kept for each namespace.
  public static let pidLimit = 8

  /// The namespaces, the host's first, then ordered by id.
  public private(set) var namespaces: [NetworkNamespace] = []
  public private(set) var unreadable: [Unreadable] = []
  /// Why there may be further namespaces (processes are in others, or their namespaces could not be seen); nil if these
  /// are all.
  public private(set) var concealment: String?

  /// - Parameters:
  ///   - named: the folder with the files of `ip netns`.
  ///   - sandboxes: the folder with those of Docker.
  public init(
    reading processes: ProcessFiles = ProcessFiles(),
    named: [String] = ["/run/netns", "/var/run/netns"],
    sandboxes: [String] = ["/run/docker/netns"]
  ) throws(SystemError) {
    var found: [Place: NetworkNamespace] = [:]
    let hidden = try addProcesses(processes, to: &found)
    var seen: Set<String> = []
    for directory in named + sandboxes {
      addFiles(in: directory, areNames: named.contains(directory), seen: &seen, to: &found)
    }
    let own = Self.own(processes, &unreadable)
    place(hidden, processes, own, in: &found)
    concealment = unreadable.first?.text ?? processes.hidden.map { "\($0)" }
    let host = Self.host(processes, own, &unreadable)
    namespaces = found.values.map { namespace in
      var namespace = namespace
      namespace.isHost = namespace.id == host
      namespace.isOwn = namespace.id == own
      return namespace
    }.sorted { ($0.isHost ? 0 : 1, $0.id.namespace) < ($1.isHost ? 0 : 1, $1.id.namespace) }
  }

  private static func own(_ processes: ProcessFiles, _ unreadable: inout [Unreadable]) -> Place? {
    let path = "\(processes.root)/self/ns/net"
    do throws(SystemError) {
      return Decimal.bracketed(try SmallFile.linkTarget(path), kind: "net").map { Place(namespace: $0) }
    } catch {
      if !error.errno.isAbsence { unreadable.append(.init(subject: "this process", errno: error.errno)) }
      return nil
    }
  }

  /// The host's namespace if pid 1 may not be examined: its network files can be, and those of kthreadd, because kernel
  /// threads stay in the host's namespace.
  private static func host(_ processes: ProcessFiles, _ own: Place?, _ unreadable: inout [Unreadable]) -> Place? {
    do throws(ProcessError) { return try processes.networkNamespace(of: 1) } catch {
      if let own, processes.isInOwnNetwork(1) { return own }
      if processes.isKernelThread(2) == true, let namespace = processes.networkNamespace(2) { return namespace }
      // Why it is hidden is said once, for all.
      if error.code != .gone, error.hiding == nil, let errno = error.cause?.errno {
        unreadable.append(.init(subject: "the host itself (process 1)", errno: errno))
      }
      return nil
    }
  }

  public subscript(id: Place) -> NetworkNamespace? { namespaces.first { $0.id == id } }

  /// The namespace with this name (`ip netns`), or with this file (Docker's `SandboxKey`).
  public func namespace(named name: String) -> NetworkNamespace? {
    let file = Self.canonical(name)
    return namespaces.first { $0.names.contains(name) || $0.files.contains(file) }
  }

  /// Adds processes to their namespaces. Returns those whose namespace could not be read.
  private func addProcesses(
    _ processes: ProcessFiles, to found: inout [Place: NetworkNamespace]
  ) throws(SystemError) -> [(pid: Int32, errno: Errno)] {
    var hidden: [(pid: Int32, errno: Errno)] = []
    for pid in try processes.allPIDs() {
      let path = "\(processes.root)/\(pid)/ns/net"
      do throws(SystemError) {
        guard let inode = Decimal.bracketed(try SmallFile.linkTarget(path), kind: "net") else { continue }
        let id = Place(namespace: inode)
        found[id, default: NetworkNamespace(id: id, path: path)].processCount += 1
        if (found[id]?.pids.count ?? 0) < Self.pidLimit { found[id]?.pids.append(pid) }
      } catch {
        // A process that has ended is no failure.
        if !error.errno.isAbsence { hidden.append((pid, error.errno)) }
      }
    }
    return hidden
  }

  /// Finds the namespaces of the `hidden` processes by their network files. The rest are in other namespaces, or not
  /// known.
  private mutating func place(
    _ hidden: [(pid: Int32, errno: Errno)], _ processes: ProcessFiles, _ own: Place?,
    in found: inout [Place: NetworkNamespace]
  ) {
    guard !hidden.isEmpty else { return }
    var places: [UInt64: Place] = [:]
    for namespace in found.values {
      // Each is asked once: `first` of a lazy sequence asks twice, and the process may end in between.
      for pid in namespace.pids {
        guard let mark = processes.networkMark(pid) else { continue }
        places[mark] = namespace.id
        break
      }
    }
    if let own, let mark = processes.ownNetworkMark { places[mark] = own }
    var failures: [Errno: Int] = [:]
    for (pid, errno) in hidden {
      guard let mark = processes.networkMark(pid), let place = places[mark] else {
        failures[errno, default: 0] += 1
        continue
      }
      guard var namespace = found[place] else { continue }
      namespace.processCount += 1
      namespace.pids = Array((namespace.pids + [pid]).sorted().prefix(Self.pidLimit))
      found[place] = namespace
    }
    let counted = failures.sorted { $0.key.number < $1.key.number }.map { errno, count in
      Unreadable(subject: count == 1 ? "1 process" : "\(count) processes", errno: errno)
    }
    unreadable.insert(contentsOf: counted, at: 0)
  }

  private mutating func addFiles(
    in directory: String, areNames: Bool, seen: inout Set<String>, to found: inout [Place: NetworkNamespace]
  ) {
    let entries: [Directory.Entry]
    do throws(SystemError) { entries = try Directory.list(directory) } catch {
      // Most hosts don't have all of these folders.
      if !error.errno.isAbsence {
        unreadable.append(
          .init(subject: "the names in \(directory)", errno: error.errno, needed: .CAP_DAC_READ_SEARCH))
      }
      return
    }
    for entry in entries.sorted(by: { $0.name < $1.name }) where !entry.isDirectory {
      let file = Self.canonical("\(directory)/\(entry.name)")
      guard seen.insert(file).inserted else { continue }
      var inode: UInt64 = 0
      let result = hw_network_namespace(file, &inode)
      guard result == 0 else {
        // A plain file (EINVAL) remains when the mount is gone.
        let errno = Errno(-result)
        if errno != .invalid, errno != .noSuchFile {
          unreadable.append(.init(subject: file, errno: errno, needed: .CAP_DAC_READ_SEARCH))
        }
        continue
      }
      let id = Place(namespace: inode)
      var namespace = found[id] ?? NetworkNamespace(id: id, path: file)
      // A file remains when processes end, so it is the better path.
      if namespace.files.isEmpty { namespace.path = file }
      namespace.files.append(file)
      if areNames { namespace.names.append(entry.name) }
      found[id] = namespace
    }
  }

  /// The path with `/run` in place of `/var/run`, which is a link to it on every current distribution.
  private static func canonical(_ path: String) -> String {
    path.hasPrefix("/var/run/") ? String(path.dropFirst(4)) : path
  }
}
