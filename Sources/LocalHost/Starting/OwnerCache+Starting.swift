internal import Containers
internal import Flows
internal import LinuxSystem
internal import Meter

/// Finds who keeps starting processes that live shorter than a window.
extension OwnerCache {
  /// An ancestor of a process, as far as it is known. The kernel's record also has those that have ended.
  private struct Parent {
    let pid: Int32
    let name: String
    /// Nanoseconds after boot; nil if it has ended.
    let startTime: UInt64?
  }

  /// The first processes of a system or container. They adopt processes whose parent ended, so being their child says
  /// nothing about who started it.
  private static let adopters: Set<String> = [
    "systemd", "init", "tini", "docker-init", "dumb-init", "catatonit", "launchd",
  ]
  /// What such a process may be started from besides: a BusyBox that is called `init`.
  private static let adopterFiles: Set<String> = ["busybox", "openrc-init", "runit-init"]
  /// Programs that start containers and stay beside them.
  private static let containerStarters = ["containerd-shim", "conmon", "runc", "crun"]

  /// Who started a process that has ended, from what the kernel knew about its parents when it first sent or received.
  mutating func starter(ofEnded task: TaskRecord, _ owner: Owner) -> Process.Starter? {
    guard let lineage = task.lineage else { return nil }
    // One that has no number here may still live; if it is older than the window, nobody started it again.
    guard task.pid != nil || task.startTime >= bornAfter else { return nil }
    let parents = lineage.parents.map { parent in
      let isAlive = startTicks(parent.pid) == parent.startTime / 10_000_000
      return Parent(pid: parent.pid, name: parent.name, startTime: isAlive ? parent.startTime : nil)
    }
    if task.pid == nil, parents.isEmpty, let name = lineage.hiddenParent {
      // Its number counts elsewhere, and whether it lives is not known.
      return Process.Starter(pid: nil, name: name, reason: "by \(name) of another pid namespace")
    }
    return starter(of: owner, parents)
  }

  /// Who started a process that began in the window.
  mutating func starter(ofNew process: Process, startTime: UInt64, _ owner: Owner) -> Process.Starter? {
    guard startTime >= bornAfter, let parents = process.parents else { return nil }
    return starter(
      of: owner,
      parents.map { Parent(pid: $0.pid, name: $0.name, startTime: startTicks($0.pid).map { $0 * 10_000_000 }) })
  }

  /// The starter among the parents. A parent that itself began in the window belongs to its child; the older one will
  /// start them again.
  private mutating func starter(of owner: Owner, _ parents: [Parent]) -> Process.Starter? {
    if let container = owner.container, let found = containerStarter(container, owner, parents) { return found }
    let candidates = parents.indices.filter { index in
      parents[index].startTime != nil && !adopts(parents[index]) && !Self.startsContainers(parents[index].name)
    }
    let old = candidates.first { parents[$0].startTime.map { $0 < bornAfter } ?? false }
    if let unit = owner.unit, unit.hasSuffix(".service"), old == nil,
      let manager = parents.first(where: { $0.name == "systemd" && $0.startTime != nil && adopts($0) })
    {
      let reason = StartReason.unit(unit, of: owner)
      return Process.Starter(
        pid: manager.pid, name: manager.name, reason: reason.text, configuration: reason.configuration)
    }
    guard let index = old ?? candidates.first, let process = livingStarter(parents[index].pid) else {
      // If the starter has ended too, only its name is left. Where processes are hidden it may live.
      guard files.hidden == nil else { return nil }
      return parents.first { $0.startTime == nil && !adopts($0) && !Self.startsContainers($0.name) }
        .map { Process.Starter(pid: $0.pid, name: $0.name, ended: true) }
    }
    let nearer = parents.prefix(index)
    let between = nearer.compactMap { $0.startTime == nil ? nil : files.read($0.pid) }
    let started = StartReason.Started(
      names: [owner.process?.name ?? ""] + nearer.map(\.name), user: owner.process?.user, processes: between)
    let key = StarterKey(
      pid: process.pid, startTime: process.startTime, user: started.user, container: owner.container?.id,
      names: started.names, commands: between.map { $0.command ?? [] })
    if let known = starters[key] { return known }
    let line = [process] + (process.parents ?? []).compactMap { files.read($0.pid) }
    let entrypoint = owner.container.flatMap { container in
      // A process that `docker exec` started is not the entrypoint.
      line.last { seenOwner(ofProcess: $0.pid)?.container?.id == container.id }
        .flatMap { $0.pid == details(ofContainer: container.id)?.pid ? $0 : nil }
    }
    let starting = line.filter { !isAdopter($0) }
    // The host's first process adopts, too, whatever its name.
    let own = starting.filter { $0.pid != 1 }
    let isAdopted = own.last?.parents?.first.map {
      $0.pid == 1 || adopts(Parent(pid: $0.pid, name: $0.name, startTime: startTicks($0.pid)))
    }
    let leftBehind =
      owner.container == nil && isAdopted == true ? LeftBehind.reason(own, owner, files) : nil
    let reason =
      StartReason.find(started, starting, owner, files) ?? leftBehind
      ?? StartReason.holder(owner, entrypoint: entrypoint)
    let starter = Process.Starter(
      pid: process.pid, name: process.name, command: process.command, reason: reason?.text,
      configuration: reason?.configuration)
    starters[key] = starter
    return starter
  }

  /// Whether a parent adopts what lost its own. Anyone may call a process `systemd`, so its file must say the same, as long as it
  /// lives.
  private mutating func adopts(_ parent: Parent) -> Bool {
    guard Self.adopters.contains(parent.name) else { return false }
    guard parent.startTime != nil, parent.pid != 1, let process = livingStarter(parent.pid) else { return true }
    return isAdopter(process)
  }

  private func isAdopter(_ process: Process) -> Bool {
    guard Self.adopters.contains(process.name) else { return false }
    guard process.pid != 1, let file = process.executable?.split(separator: "/").last else { return true }
    return Self.adopters.contains(String(file)) || Self.adopterFiles.contains(String(file))
  }

  private mutating func livingStarter(_ pid: Int32) -> Process? {
    if let known = startersByPID[pid] { return known }
    let process = files.read(pid)
    startersByPID[pid] = .some(process)
    return process
  }

  /// When a process started; read once per interval, because many processes have the same parents.
  private mutating func startTicks(_ pid: Int32) -> UInt64? {
    if let known = ticksByPID[pid] { return known }
    let ticks = files.startTicks(pid)
    ticksByPID[pid] = .some(ticks)
    return ticks
  }

  private static func startsContainers(_ name: String) -> Bool {
    containerStarters.contains { name.hasPrefix($0) }
  }

  /// What outside a container starts processes in it, or itself, again and again; nil if that is one of its own processes, or
  /// nobody knows.
  private mutating func containerStarter(_ container: Container, _ owner: Owner, _ parents: [Parent]) -> Process
    .Starter?
  {
    // If any process of it is older than the window, the container starts its processes itself.
    guard let outside = parents.firstIndex(where: { Self.startsContainers($0.name) }) else { return nil }
    let inside = parents.prefix(outside)
    guard !inside.contains(where: { $0.startTime.map { $0 < bornAfter } ?? false }) else { return nil }
    let details = self.details(ofContainer: container.id)
    if let pid = details?.pid, let ticks = startTicks(pid), ticks &* 10_000_000 < bornAfter {
      let starts = details?.isChecked == true ? "its health check, or " : ""
      return Process.Starter(
        pid: nil, name: container.runtime,
        reason: "from outside container \(container.title): by \(starts)what executes commands in it (docker exec)")
    }
    if let count = details?.restartCount, count > 0, let policy = details?.restartPolicy, policy != "no" {
      return Process.Starter(
        pid: nil, name: container.runtime,
        reason: "because container \(container.title) is restarted (policy \(policy), \(count) times)")
    }
    // One that runs, and nobody knows since when, may be old.
    if details?.isRunning == true, details?.pid.flatMap({ startTicks($0) }) == nil { return nil }
    // What goes on in a container that is new starts its processes itself.
    guard let image = container.image, !inside.contains(where: { $0.startTime != nil }) else { return nil }
    return Process.Starter(
      pid: nil, name: container.runtime, reason: "in a new container of image \(image)", image: image)
  }
}
