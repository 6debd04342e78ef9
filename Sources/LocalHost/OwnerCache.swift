internal import Clues
internal import Flows
internal import LinuxSystem
internal import Meter
internal import Questions

/// From what a meter recorded of a socket to its owner: process, container, systemd unit. Every process is read once.
struct OwnerCache {
  private let files = ProcessFiles()
  private let accounts = AccountNames(file: "/etc/passwd")
  private let bootTime: Double
  private let ticks: Double
  private(set) var catalog = ContainerCatalog()
  private var containersByNamespace: [Place: Container] = [:]
  /// Namespaces of containers in containers: their processes' cgroups may show the outer one only.
  private var nestedNamespaces: Set<Place> = []
  private let unified: UnifiedCgroup?
  private var cgroups: CgroupTree?
  private var known: [Key: Owner] = [:]
  private var inodes: SocketInodeOwners?
  private var inodesRead = 0.0
  /// What that cost, in seconds of this thread's work.
  private var inodesCost = 0.0
  /// New sockets whose owners are still to be looked up.
  private var awaited: [UInt32] = []
  /// Owners of the processes in `inodes`, each read once.
  private var ownersByPID: [Int32: Owner] = [:]
  /// Owners of sockets that were found while their processes lived.
  private var ownersByInode: [UInt32: Owner] = [:]
  private(set) var notes: [String] = []
  /// Container engines that did not answer in time, and since when.
  private var silent: Set<DockerEngine> = []
  private var silentSince = 0.0

  private struct Key: Hashable {
    let rootPID: Int32
    let startTime: UInt64
  }

  init() {
    bootTime = SystemClock.now() - Double(MonotonicClock.sinceBoot) / 1e9
    // /proc counts start times in USER_HZ, which is 100 on all architectures that Swift runs on.
    ticks = 1e9 / 100
    let unified = try? UnifiedCgroup()
    self.unified = unified
    cgroups = unified.map { CgroupTree(mountPoint: $0.path) }
  }

  /// Asks the container engines, and finds out which namespace belongs to which container.
  mutating func refreshContainers(environment: [String: String]) -> [ContainerDescription] {
    // An engine that did not answer is asked again after a minute.
    if MonotonicClock.seconds - silentSince > 60 { silent = [] }
    catalog = ContainerCatalog.load(environment: environment, silent: silent)
    remember(silent: catalog.silent)
    notes = catalog.notes
    containersByNamespace = [:]
    nestedNamespaces = []
    known = known.filter { $0.value.process?.ended == true }
    cgroups?.forget()
    let host = files.networkNamespace(1)
    var result: [ContainerDescription] = []
    var seen: Set<String> = []
    for entry in catalog.entries {
      let pid = entry.details.pid.flatMap { $0 > 0 ? $0 : nil }
      var namespace = pid.flatMap(files.networkNamespace)
      if namespace == nil, let key = entry.details.sandboxKey, let identity = try? FileIdentity(of: key) {
        namespace = Place(namespace: identity.inode)
      }
      if namespace == host { namespace = nil }
      if let namespace, containersByNamespace[namespace] == nil, entry.details.networkContainer == nil {
        containersByNamespace[namespace] = entry.container
      }
      seen.insert(entry.details.id)
      result.append(ContainerDescription(container: entry.container, namespace: namespace, pid: pid))
    }
    for nested in nestedContainers() where seen.insert(nested.container.id).inserted {
      if let namespace = nested.namespace, containersByNamespace[namespace] == nil {
        containersByNamespace[namespace] = nested.container
        nestedNamespaces.insert(namespace)
      }
      result.append(nested)
    }
    // Containers that no engine told of (containerd, Kubernetes, Docker in Docker): by their processes' cgroups.
    for pid in (try? files.allPIDs()) ?? [] {
      let paths = files.cgroupPaths(pid)
      guard let container = catalog.container(forCgroupPaths: paths), seen.insert(container.id).inserted else {
        continue
      }
      var namespace = files.networkNamespace(pid)
      if namespace == host { namespace = nil }
      if let namespace, containersByNamespace[namespace] == nil { containersByNamespace[namespace] = container }
      result.append(ContainerDescription(container: container, namespace: namespace, pid: pid))
    }
    return result
  }

  /// Containers of engines that run in containers, asked through their own roots.
  ///
  /// Their pids count in another pid namespace, so their network namespaces are found by the sandbox files.
  private mutating func nestedContainers() -> [ContainerDescription] {
    let own = try? FileIdentity(of: "/run/docker.sock")
    var asked: Set<FileIdentity> = []
    var result: [ContainerDescription] = []
    for pid in (try? files.allPIDs()) ?? [] {
      guard let name = files.stat(pid)?.name, name == "dockerd" || name == "podman" else { continue }
      let root = "/proc/\(pid)/root"
      // Not /var/run: an absolute link would lead back to this host's own.
      let socket = root + (name == "dockerd" ? "/run/docker.sock" : "/run/podman/podman.sock")
      guard let identity = try? FileIdentity(of: socket), identity != own, asked.insert(identity).inserted else {
        continue
      }
      let inner = ContainerCatalog.load([DockerEngine(.unix(socket))], silent: silent)
      remember(silent: inner.silent)
      for entry in inner.entries {
        let sandbox = entry.details.sandboxKey.flatMap { key -> FileIdentity? in
          let path = key.hasPrefix("/var/run/") ? String(key.dropFirst(4)) : key
          return try? FileIdentity(of: root + path)
        }
        result.append(
          ContainerDescription(
            container: entry.container, namespace: sandbox.map { Place(namespace: $0.inode) }, pid: nil))
      }
    }
    return result
  }

  private mutating func remember(silent engines: Set<DockerEngine>) {
    if silent.isEmpty { silentSince = MonotonicClock.seconds }
    silent.formUnion(engines)
  }

  func container(of namespace: Place) -> Container? { containersByNamespace[namespace] }

  mutating func owner(of row: SocketTraffic) -> Owner {
    switch row.holder {
    case .task(let task): return owner(of: task)
    case .inode(let inode, let uid): return owner(ofInode: inode, uid: uid, namespace: row.namespace)
    case .kernel: return Owner(isKernel: true)
    case .unknown(let reason):
      return Owner(container: containersByNamespace[row.namespace], reason: reason)
    }
  }

  mutating func owner(of task: TaskRecord) -> Owner {
    let key = Key(rootPID: task.rootPID, startTime: task.startTime)
    if let owner = known[key] { return owner }
    var owner = Owner()
    // The same pid with another start time is another process.
    if let pid = task.pid, let now = files.startTicks(pid), now == task.startTime / UInt64(ticks),
      let process = files.read(pid)
    {
      owner = self.owner(of: process, namespace: task.namespace)
    } else {
      owner.process = Process(
        pid: task.pid ?? task.rootPID, startTime: bootTime + Double(task.startTime) / 1e9, name: task.name,
        uid: task.uid, user: accounts[task.uid], ended: true)
      if let path = cgroups?.path(ofID: task.cgroupID) {
        let paths = [CgroupPath(hierarchy: 0, controllers: [], path: path)]
        owner.container = catalog.container(forCgroupPaths: paths)
        owner.unit = SystemdUnit.innermost(in: paths)
      }
      owner.container = owner.container ?? containersByNamespace[task.namespace]
    }
    // An ended process is kept as it was seen; a live one may still change its name (exec) once.
    known[key] = owner
    return owner
  }

  private func owner(of process: Process, namespace: Place?) -> Owner {
    let paths = files.cgroupPaths(process.pid)
    let byNamespace = namespace.flatMap { containersByNamespace[$0] }
    let isNested = namespace.map(nestedNamespaces.contains) ?? false
    let container = isNested ? byNamespace : catalog.container(forCgroupPaths: paths) ?? byNamespace
    let machine = Self.machine(process)
    return Owner(
      process: process, container: container, unit: SystemdUnit.innermost(in: paths), machine: machine)
  }

  /// The owner of process `pid` as it is now.
  func owner(ofProcess pid: Int32) -> Owner? {
    files.read(pid).map { owner(of: $0, namespace: files.networkNamespace(pid)) }
  }

  func process(_ pid: Int32) -> Process? { files.read(pid) }

  /// Reads all processes' descriptors at most once a quarter second, never once per miss.
  mutating func owner(ofInode inode: UInt32, uid: UInt32, namespace: Place) -> Owner {
    guard inode != 0 else {
      return Owner(
        container: containersByNamespace[namespace], reason: "no process: the socket closed before it was read")
    }
    if inodes?.pids(holding: UInt64(inode)).isEmpty ?? true, ownersByInode[inode] == nil,
      MonotonicClock.seconds - inodesRead > 0.25
    {
      refreshInodes()
    }
    guard let pid = inodes?.pids(holding: UInt64(inode)).first, let owner = ownersByPID[pid] ?? owner(ofProcess: pid)
    else {
      if var owner = ownersByInode[inode] {
        owner.process?.ended = true
        return owner
      }
      let denied = inodes?.deniedProcesses ?? 0
      return Owner(
        container: containersByNamespace[namespace],
        reason: denied > 0
          ? "no process found: the descriptors of \(denied) processes can't be read (CAP_SYS_PTRACE)"
          : "no process holds the socket any more")
    }
    ownersByPID[pid] = owner
    return owner
  }

  mutating func refreshInodes() {
    let begin = MonotonicClock.ownWork
    inodes = try? SocketInodeOwners(reading: files)
    ownersByPID.removeAll(keepingCapacity: true)
    inodesRead = MonotonicClock.seconds
    inodesCost = MonotonicClock.ownWork - begin
  }

  /// Finds the owners of new sockets while their processes live; takes at most a fifth of the time.
  mutating func anticipate(_ fresh: [UInt32]) {
    awaited += fresh.prefix(max(0, 4096 - awaited.count))
    guard !awaited.isEmpty, MonotonicClock.seconds - inodesRead >= 4 * inodesCost else { return }
    refreshInodes()
    if ownersByInode.count > 65536 { ownersByInode.removeAll() }
    for inode in awaited {
      guard let pid = inodes?.pids(holding: UInt64(inode)).first, let owner = ownersByPID[pid] ?? owner(ofProcess: pid)
      else { continue }
      ownersByPID[pid] = owner
      ownersByInode[inode] = owner
    }
    awaited.removeAll(keepingCapacity: true)
  }

  /// Who holds the tap or tun device `interface` of `namespace` open.
  mutating func deviceOwner(_ interface: String, _ namespace: Place) -> Owner? {
    if inodes == nil { refreshInodes() }
    let device = inodes?.tunnelDevices.first {
      $0.interface == interface && ($0.namespace == nil || $0.namespace == namespace)
    }
    return device.flatMap { owner(ofProcess: $0.pid) }
  }

  /// Names of all processes.
  func processNames() -> Set<String> {
    Set(((try? files.allPIDs()) ?? []).compactMap { files.stat($0)?.name })
  }

  /// Forgets processes that are gone, so that a long-running view stays small.
  mutating func trim() {
    if known.count > 65536 { known.removeAll(keepingCapacity: false) }
  }

  /// The guest's name in a QEMU command line: `-name guest=web01,debug-threads=on` or `-name web01`.
  private static func machine(_ process: Process) -> String? {
    guard process.name.hasPrefix("qemu"), let command = process.command,
      let option = command.firstIndex(of: "-name"), option + 1 < command.count
    else { return nil }
    let name = command[option + 1].split(separator: ",").first.map(String.init) ?? ""
    return name.hasPrefix("guest=") ? String(name.dropFirst(6)) : name
  }
}
