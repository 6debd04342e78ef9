internal import Containers
internal import Flows
internal import LinuxSystem
internal import Meter
internal import Questions

/// Finds the owner of a socket from what a meter recorded about it: process, container, systemd unit. Every process is
/// read once.
struct OwnerCache {
  let files = ProcessFiles()
  private let accounts = AccountNames.ofThisHost()
  private let bootTime: Double
  private let ticks: Double
  private(set) var catalog = ContainerCatalog()
  private var containersByNamespace: [Place: Container] = [:]
  /// Namespaces of containers inside containers. The cgroups of their processes may show only the outer container.
  private var nestedNamespaces: Set<Place> = []
  /// What engines that only their own root leads to tell of their containers, by id. The pid is left out unless it counts here.
  private var nested: [String: (container: Container, details: DockerContainer)] = [:]
  /// Whether no process of the machine is outside what this program sees.
  let showsWholeMachine: Bool
  /// Why living processes of the machine are outside what this program sees, although nothing hides them.
  let confinement: String?
  private let unified: UnifiedCgroup?
  private var cgroups: CgroupTree?
  private var known: [Key: (owner: Owner, lastUsed: Int)] = [:]
  private var intervals = 0
  /// Whether the engines were already asked in this interval which containers ended.
  private var hasRecalled = false
  /// Who started short-lived processes and their parents in this interval.
  var starters: [StarterKey: Process.Starter] = [:]
  var startersByPID: [Int32: Process?] = [:]
  var ticksByPID: [Int32: UInt64?] = [:]
  private var inodes: Result<SocketInodeOwners, SystemError>?
  private var inodesRead = 0.0
  /// What reading `inodes` cost, in seconds of this thread's CPU time.
  private var inodesCost = 0.0
  /// New sockets whose owners are still to be found.
  private var awaited: [UInt32] = []
  /// The owners of the processes in `inodes`, each read once.
  private var ownersByPID: [Int32: Owner] = [:]
  /// The owners of sockets that were found while their processes lived.
  private var ownersByInode: [UInt32: Owner] = [:]
  /// When the first window began, in nanoseconds after boot. A younger process is one of those that come and go.
  var bornAfter: UInt64 = .max
  private(set) var notes: [String] = []
  /// Container engines that did not answer in time.
  private var silent: Set<DockerEngine> = []
  private var silentSince = 0.0

  struct StarterKey: Hashable {
    let pid: Int32
    let startTime: Double?
    let user: String?
    let container: String?
    /// The names of what it started and of the processes in between.
    let names: [String]
    /// The command lines of the processes in between that still live; two lines of a crontab have the same names.
    let commands: [[String]]
  }

  private struct Key: Hashable {
    let rootPID: Int32
    let startTime: UInt64
  }

  init() {
    bootTime = SystemClock.now() - Double(MonotonicClock.sinceBoot) / 1e9
    // /proc counts start times in USER_HZ, which is 100 on all architectures that Swift runs on.
    ticks = 1e9 / 100
    showsWholeMachine = files.showsWholeMachine
    confinement = files.confinement
    // Without it an ended process has no container; `doctor` says why it is missing.
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
    nested = [:]
    known = known.filter { $0.value.owner.process?.ended == true }
    cgroups?.forget()
    let host = files.hostNetworkNamespace
    var result: [ContainerDescription] = []
    var seen: Set<String> = []
    for entry in catalog.entries {
      let pid = entry.details.pid.flatMap { $0 > 0 ? $0 : nil }
      var namespace: Place?
      do { namespace = try placed(entry.details, pid) } catch {
        notes.append("the network namespace of container \(entry.container.title) is not known: \(error)")
      }
      if namespace == host || entry.details.networkMode == "host" { namespace = nil }
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
    // Containers that no engine lists (containerd, Kubernetes, Docker in Docker), found by their processes' cgroups.
    for pid in allPIDs() {
      // A process that has ended, or is hidden, shows no container.
      let paths = files.cgroupPaths(pid)
      guard let container = catalog.container(forCgroupPaths: paths), seen.insert(container.id).inserted else {
        continue
      }
      var namespace: Place?
      do throws(ProcessError) { namespace = try files.networkNamespace(of: pid) } catch {
        if error.code != .gone { notes.append("the place of container \(container.title) is not known: \(error)") }
      }
      if namespace == host { namespace = nil }
      if let namespace, containersByNamespace[namespace] == nil { containersByNamespace[namespace] = container }
      result.append(ContainerDescription(container: container, namespace: namespace, pid: pid))
    }
    noteBlindness()
    return result
  }

  /// Notes whose sockets have no owner because others' descriptors may not be read. Who has the rights may read them, so
  /// then nothing is looked for.
  private mutating func noteBlindness() {
    guard files.hidden != nil || !Capabilities.effective().isSuperset(of: ProcessFiles.rightsToDescriptors) else {
      return
    }
    refreshInodes()
    if let blindness { notes.append("some sockets have no known owner: \(blindness)") }
  }

  /// The place of a container; nil if it is not running.
  ///
  /// - Throws: if that may not be seen.
  private func placed(_ container: DockerContainer, _ pid: Int32?) throws -> Place? {
    var refusal: (any Error)?
    if let pid {
      do throws(ProcessError) { return try files.networkNamespace(of: pid) } catch {
        if error.code != .gone { refusal = error }
      }
    }
    if let key = container.sandboxKey {
      do throws(SystemError) { return Place(namespace: try FileIdentity(of: key).inode) } catch {
        if !error.errno.isAbsence { refusal = refusal ?? error }
      }
    }
    if let refusal { throw refusal }
    return nil
  }

  private mutating func allPIDs() -> [Int32] {
    do throws(SystemError) { return try files.allPIDs() } catch {
      let note = "the processes of this host cannot be listed: \(error)"
      if !notes.contains(note) { notes.append(note) }
      return []
    }
  }

  /// Containers of engines that themselves run in containers, asked through their roots.
  ///
  /// Their pids belong to another pid namespace, so their network namespaces are found by the sandbox files.
  private mutating func nestedContainers() -> [ContainerDescription] {
    // If there is no daemon here, every other one is a different one.
    let own = try? FileIdentity(of: "/run/docker.sock")
    var asked: Set<FileIdentity> = []
    var result: [ContainerDescription] = []
    for pid in allPIDs() {
      // An engine that has ended holds no containers.
      guard let name = files.stat(pid)?.name, name == "dockerd" || name == "podman" else { continue }
      let root = "/proc/\(pid)/root"
      // Not /var/run, because an absolute link there would lead back to this host's own.
      let socket = root + (name == "dockerd" ? "/run/docker.sock" : "/run/podman/podman.sock")
      let identity: FileIdentity
      do throws(SystemError) { identity = try FileIdentity(of: socket) } catch {
        if !error.errno.isAbsence {
          let other = own == nil ? "" : ", if it is another than this host's,"
          notes.append("the containers of \(name) (pid \(pid))\(other) are not known: \(error)")
        }
        continue
      }
      guard identity != own, asked.insert(identity).inserted else { continue }
      let inner = ContainerCatalog.load([DockerEngine(.unix(socket))], silent: silent)
      remember(silent: inner.silent)
      // One whose number cannot be read may count otherwise.
      let countsHere = (try? files.ownPID(of: pid)) == pid
      for entry in inner.entries {
        var details = entry.details
        if !countsHere { details.pid = nil }
        nested[details.id] = (entry.container, details)
        var sandbox: FileIdentity?
        if let key = entry.details.sandboxKey {
          do throws(SystemError) {
            sandbox = try FileIdentity(of: root + (key.hasPrefix("/var/run/") ? String(key.dropFirst(4)) : key))
          } catch {
            // A container that does not run has none.
            if !error.errno.isAbsence {
              notes.append("the place of container \(entry.container.title) is not known: \(error)")
            }
          }
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

  /// By its cgroups; of one that this host's engines do not know, the name from an engine that its own root leads to.
  private func container(forCgroupPaths paths: [CgroupPath]) -> Container? {
    let found = catalog.container(forCgroupPaths: paths)
    return found.flatMap { $0.reason == nil ? nil : nested[$0.id]?.container } ?? found
  }

  /// What an engine tells of a container.
  func details(ofContainer id: String) -> DockerContainer? { catalog.entry(id: id)?.details ?? nested[id]?.details }

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
    if let found = known[key] {
      known[key]?.lastUsed = intervals
      return found.owner
    }
    var owner = Owner()
    // The same pid with another start time is another process.
    let now = living(task)
    if let process = now.process {
      owner = self.owner(of: process, namespace: task.namespace)
      let starter = starter(ofNew: process, startTime: task.startTime, owner)
      owner.process?.startedBy = starter
    } else {
      owner.process = Process(
        pid: task.pid ?? task.rootPID, startTime: bootTime + Double(task.startTime) / 1e9, name: task.name,
        command: (task.lineage?.command).flatMap { $0.isEmpty ? nil : $0 }, uid: task.uid, user: accounts[task.uid],
        parents: task.lineage.map { $0.parents.map { .init(pid: $0.pid, name: $0.name) } },
        ended: now.hasEnded ? true : nil)
      if task.pid == nil { owner.process?.outside = true }
      // A cgroup that is gone has no path.
      if let path = cgroups?.path(ofID: task.cgroupID) ?? task.lineage?.cgroup {
        let paths = [CgroupPath(hierarchy: 0, controllers: [], path: path)]
        owner.container = container(forCgroupPaths: paths)
        if owner.container?.reason != nil, !hasRecalled {
          // It started and ended within the window (docker run --rm).
          hasRecalled = true
          catalog.recall(before: SystemClock.now())
          owner.container = container(forCgroupPaths: paths)
        }
        owner.unit = SystemdUnit.innermost(in: paths)
      }
      owner.container = owner.container ?? containersByNamespace[task.namespace]
      let starter = starter(ofEnded: task, owner)
      owner.process?.startedBy = starter
    }
    // An ended process is kept as it was seen; a live one may still change its name (exec) once.
    known[key] = (owner, intervals)
    return owner
  }

  /// The process of `task` if it still lives and may be seen, or else whether it has ended: of one in another pid namespace
  /// nobody knows.
  private func living(_ task: TaskRecord) -> (process: Process?, hasEnded: Bool) {
    guard let pid = task.pid else { return (nil, false) }
    do throws(ProcessError) {
      let stat = try files.stat(of: pid)
      guard stat.startTicks == task.startTime / UInt64(ticks), !stat.isZombie else { return (nil, true) }
      return (try files.process(pid), false)
    } catch {
      return (nil, error.code == .gone)
    }
  }

  private func owner(of process: Process, namespace: Place?) -> Owner {
    // Cgroups that may not be seen are left out.
    let paths = files.cgroupPaths(process.pid)
    let byNamespace = namespace.flatMap { containersByNamespace[$0] }
    let isNested = namespace.map(nestedNamespaces.contains) ?? false
    let container = isNested ? byNamespace : self.container(forCgroupPaths: paths) ?? byNamespace
    let machine = Self.machine(process)
    return Owner(
      process: process, container: container, unit: SystemdUnit.innermost(in: paths), machine: machine)
  }

  /// The owner of process `pid` as it is now; nil if it has ended.
  ///
  /// - Throws: if it may not be seen.
  func owner(ofProcess pid: Int32) throws(ProcessError) -> Owner? {
    try process(pid).map { owner(of: $0, namespace: files.networkNamespace(pid)) }
  }

  /// The owner of a process that was seen a moment ago; nil if it can't be seen any more.
  func seenOwner(ofProcess pid: Int32) -> Owner? {
    files.read(pid).map { owner(of: $0, namespace: files.networkNamespace(pid)) }
  }

  /// The process; nil if it has ended.
  ///
  /// - Throws: if it may not be seen.
  func process(_ pid: Int32) throws(ProcessError) -> Process? {
    do throws(ProcessError) {
      // /proc has a folder of each thread, too.
      return try files.isThread(pid) ? nil : files.process(pid)
    } catch {
      if error.code == .gone { return nil }
      throw error
    }
  }

  private var seenInodes: SocketInodeOwners? { if case .success(let found) = inodes { found } else { nil } }

  /// Why a process may hold a socket or a device although none was found; nil if all processes were seen.
  private var blindness: String? {
    switch inodes {
    case .failure(let error): "\(error)"
    case .success(let seen): seen.blindness
    case nil: nil
    }
  }

  /// The owner of a socket that no visible process holds.
  private func ownerOfUnheld(_ container: Container?) -> Owner {
    if let blindness { return .unseen(container, because: blindness) }
    guard !showsWholeMachine else { return Owner(container: container, reason: "no process holds the socket any more") }
    return .unseen(container, because: "the process has ended, or is in a pid namespace that cannot be seen from here")
  }

  /// Whether the process was seen to have ended: not if it is only hidden, or may not be read.
  private func hasEnded(_ process: Process) -> Bool {
    do throws(ProcessError) {
      guard let start = process.startTime, let now = try files.process(process.pid).startTime else { return false }
      // The same pid with another start is another process.
      return abs(now - start) > 0.005
    } catch { return error.code == .gone }
  }

  /// The owner of the socket. All processes' descriptors are read at most four times a second, not once for each
  /// unknown socket.
  mutating func owner(ofInode inode: UInt32, uid: UInt32, namespace: Place) -> Owner {
    guard inode != 0 else {
      return Owner(
        container: containersByNamespace[namespace], reason: "no process: the socket closed before it was read")
    }
    if seenInodes?.pids(holding: UInt64(inode)).isEmpty ?? true, ownersByInode[inode] == nil,
      MonotonicClock.seconds - inodesRead > 0.25
    {
      refreshInodes()
    }
    let pids = seenInodes?.pids(holding: UInt64(inode)) ?? []
    guard let pid = youngest(of: pids), let owner = ownersByPID[pid] ?? seenOwner(ofProcess: pid)
    else {
      if var owner = ownersByInode[inode] {
        // It may also have closed the socket, or given it away.
        if let process = owner.process, hasEnded(process) { owner.process?.ended = true }
        return owner
      }
      return ownerOfUnheld(containersByNamespace[namespace])
    }
    ownersByPID[pid] = owner
    guard pids.count > 1 else { return owner }
    var shared = owner
    shared.holders = pids.count
    return shared
  }

  /// The processes that hold the socket, as far as they still live, in the order of their pids.
  func holders(ofInode inode: UInt32) -> [Process.Ancestor] {
    (seenInodes?.pids(holding: UInt64(inode)) ?? []).sorted().compactMap { pid in
      files.stat(pid).map { Process.Ancestor(pid: pid, name: $0.name) }
    }
  }

  /// The processes that hold a socket; read again if none is known, at most four times a second.
  mutating func pids(holding inode: UInt32) -> [Int32] {
    let known = seenInodes?.pids(holding: UInt64(inode)) ?? []
    guard known.isEmpty, MonotonicClock.seconds - inodesRead > 0.25 else { return known }
    refreshInodes()
    return seenInodes?.pids(holding: UInt64(inode)) ?? []
  }

  /// Of several processes that hold a socket, the one that received it last: a parent rarely uses a socket that it gave
  /// to a child.
  private func youngest(of pids: [Int32]) -> Int32? {
    guard pids.count > 1 else { return pids.first }
    return pids.max { (files.startTicks($0) ?? 0, $0) < (files.startTicks($1) ?? 0, $1) }
  }

  mutating func refreshInodes() {
    let begin = MonotonicClock.ownWork
    inodes = Result { () throws(SystemError) in try SocketInodeOwners(reading: files) }
    ownersByPID.removeAll(keepingCapacity: true)
    inodesRead = MonotonicClock.seconds
    inodesCost = MonotonicClock.ownWork - begin
  }

  /// Finds the owners of new sockets while their processes live, using at most a fifth of the time.
  mutating func anticipate(_ fresh: [UInt32]) {
    awaited += fresh.prefix(max(0, 4096 - awaited.count))
    guard !awaited.isEmpty, MonotonicClock.seconds - inodesRead >= 4 * inodesCost else { return }
    refreshInodes()
    if ownersByInode.count > 65536 { ownersByInode.removeAll() }
    for inode in awaited {
      let pids = seenInodes?.pids(holding: UInt64(inode)) ?? []
      guard let pid = youngest(of: pids), var owner = ownersByPID[pid] ?? seenOwner(ofProcess: pid) else { continue }
      ownersByPID[pid] = owner
      if pids.count > 1 { owner.holders = pids.count }
      ownersByInode[inode] = owner
    }
    awaited.removeAll(keepingCapacity: true)
  }

  /// The process that holds the tap, tun or macvtap device `interface`, number `index`, of `namespace` open; an owner with only a reason if that
  /// may not be seen; nil if nobody holds it.
  mutating func deviceOwner(_ interface: String, _ index: UInt32, _ namespace: Place) -> Owner? {
    if inodes == nil { refreshInodes() }
    let device = seenInodes?.tunnelDevices.first {
      ($0.index.map { $0 == index } ?? ($0.interface == interface))
        && ($0.namespace == nil || $0.namespace == namespace)
    }
    if let device, let owner = seenOwner(ofProcess: device.pid) { return owner }
    let unread = seenInodes?.unreadTunnels.first.map { "\($0)" }
    return (blindness ?? unread).map { .unseen(because: $0) }
  }

  /// The names of all processes, and why some are missing.
  func processNames() -> (found: Set<String>, notes: [String]) {
    var found: Set<String> = []
    var refused: [ProcessError] = []
    do throws(SystemError) {
      for pid in try files.allPIDs() {
        do throws(ProcessError) { found.insert(try files.stat(of: pid).name) } catch {
          // A process that has ended since it was listed has no name.
          if error.code != .gone { refused.append(error) }
        }
      }
    } catch {
      return ([], ["the names of processes are not known: \(error)"])
    }
    return (found, refused.first.map { ["the names of \(refused.count) processes are not known: \($0)"] } ?? [])
  }

  /// Drops processes that are gone, so that a long-running view stays small.
  mutating func trim() {
    intervals += 1
    hasRecalled = false
    starters.removeAll(keepingCapacity: true)
    startersByPID.removeAll(keepingCapacity: true)
    ticksByPID.removeAll(keepingCapacity: true)
    guard known.count > 2048 else { return }
    // An ended process is needed as long as its connections are being closed.
    let oldest = intervals - 3
    known = known.filter { $0.value.lastUsed >= oldest }
  }

  /// The virtual machine's name in a QEMU command line: `-name guest=web01,debug-threads=on` or `-name web01`.
  private static func machine(_ process: Process) -> String? {
    guard process.name.hasPrefix("qemu"), let command = process.command,
      let option = command.firstIndex(of: "-name"), option + 1 < command.count
    else { return nil }
    let name = command[option + 1].split(separator: ",").first.map(String.init) ?? ""
    return name.hasPrefix("guest=") ? String(name.dropFirst(6)) : name
  }
}
