internal import CLinux
public import Flows

/// All network namespaces that a process, a name, or a Docker sandbox keeps alive.
///
/// Shell counterpart: `lsns -t net; ip netns list; ls /run/docker/netns`.
public struct NamespaceCatalog: Sendable {
  /// A namespace that could not be identified, or many of them for one reason.
  public struct Unreadable: Hashable, Sendable {
    /// `/run/netns/x`, or `37 processes`.
    public var subject: String
    public var errno: Errno
  }

  /// Pids kept for each namespace.
  public static let pidLimit = 8

  /// The host's first, then by id.
  public private(set) var namespaces: [NetworkNamespace] = []
  public private(set) var unreadable: [Unreadable] = []

  /// `named` holds files that `ip netns` made, `sandboxes` those of Docker.
  public init(
    reading processes: ProcessFiles = ProcessFiles(),
    named: [String] = ["/run/netns", "/var/run/netns"],
    sandboxes: [String] = ["/run/docker/netns"]
  ) throws(SystemError) {
    var found: [Place: NetworkNamespace] = [:]
    try addProcesses(processes, to: &found)
    var seen: Set<String> = []
    for directory in named + sandboxes {
      addFiles(in: directory, areNames: named.contains(directory), seen: &seen, to: &found)
    }
    let own = Self.own(processes, &unreadable)
    let host = Self.host(processes, &unreadable)
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

  /// Where pid 1 may not be looked at, kthreadd may: kernel threads stay in the host's namespace.
  private static func host(_ processes: ProcessFiles, _ unreadable: inout [Unreadable]) -> Place? {
    do throws(ProcessError) { return try processes.networkNamespace(of: 1) } catch {
      if processes.isKernelThread(2) == true, let namespace = processes.networkNamespace(2) { return namespace }
      if error.code != .gone, let errno = error.cause?.errno {
        unreadable.append(.init(subject: "the host itself (process 1)", errno: errno))
      }
      return nil
    }
  }

  public subscript(id: Place) -> NetworkNamespace? { namespaces.first { $0.id == id } }

  /// The namespace with this name (`ip netns`), or with this file, as Docker's `SandboxKey` gives it.
  public func namespace(named name: String) -> NetworkNamespace? {
    let file = Self.canonical(name)
    return namespaces.first { $0.names.contains(name) || $0.files.contains(file) }
  }

  private mutating func addProcesses(
    _ processes: ProcessFiles, to found: inout [Place: NetworkNamespace]
  ) throws(SystemError) {
    var failures: [Errno: Int] = [:]
    for pid in try processes.allPIDs() {
      let path = "\(processes.root)/\(pid)/ns/net"
      do throws(SystemError) {
        guard let inode = Decimal.bracketed(try SmallFile.linkTarget(path), kind: "net") else { continue }
        let id = Place(namespace: inode)
        found[id, default: NetworkNamespace(id: id, path: path)].processCount += 1
        if (found[id]?.pids.count ?? 0) < Self.pidLimit { found[id]?.pids.append(pid) }
      } catch {
        // A process that ended is no failure.
        if !error.errno.isAbsence { failures[error.errno, default: 0] += 1 }
      }
    }
    for (errno, count) in failures.sorted(by: { $0.key.number < $1.key.number }) {
      unreadable.append(.init(subject: count == 1 ? "1 process" : "\(count) processes", errno: errno))
    }
  }

  private mutating func addFiles(
    in directory: String, areNames: Bool, seen: inout Set<String>, to found: inout [Place: NetworkNamespace]
  ) {
    let entries: [Directory.Entry]
    do throws(SystemError) { entries = try Directory.list(directory) } catch {
      // Most hosts have not all of these folders.
      if !error.errno.isAbsence { unreadable.append(.init(subject: "the names in \(directory)", errno: error.errno)) }
      return
    }
    for entry in entries.sorted(by: { $0.name < $1.name }) where !entry.isDirectory {
      let file = Self.canonical("\(directory)/\(entry.name)")
      guard seen.insert(file).inserted else { continue }
      var inode: UInt64 = 0
      let result = hw_network_namespace(file, &inode)
      guard result == 0 else {
        // A plain file, EINVAL, is left behind when the mount is gone.
        let errno = Errno(-result)
        if errno != .invalid, errno != .noSuchFile { unreadable.append(.init(subject: file, errno: errno)) }
        continue
      }
      let id = Place(namespace: inode)
      var namespace = found[id] ?? NetworkNamespace(id: id, path: file)
      // A file stays when processes go.
      if namespace.files.isEmpty { namespace.path = file }
      namespace.files.append(file)
      if areNames { namespace.names.append(entry.name) }
      found[id] = namespace
    }
  }

  /// `/var/run` is a link to `/run` on every current distribution.
  private static func canonical(_ path: String) -> String {
    path.hasPrefix("/var/run/") ? String(path.dropFirst(4)) : path
  }
}
