internal import Containers
internal import Flows
internal import LinuxSystem
internal import Meter
internal import Netlink
public import Questions

extension Examination {
  /// Tries everything on this host; never fails. It takes at most some seconds, mainly to wait for Docker.
  public static func ofThisHost(environment: [String: String]) -> Examination {
    var examination = Examination(host: OwnHostName.current, kernel: Kernel.release, meter: "none", checks: [])
    examination.checks += Self.capabilities()
    examination.checks += Self.cgroups()
    examination.examineMeters(environment: environment)
    examination.examineFollowing()
    examination.checks += Self.netlink()
    examination.checks += Self.passages()
    examination.checks += Self.trades(environment)
    examination.checks += Self.processes()
    examination.checks += Self.namespaces()
    examination.checks += Self.engines(environment)
    return examination
  }

  // MARK: Privileges

  private static let wanted: [(Capabilities, String, String)] = [
    (.CAP_NET_ADMIN, "CAP_NET_ADMIN", "no connection tracking, no notice of closed connections, no eBPF on cgroups"),
    (.CAP_NET_RAW, "CAP_NET_RAW", "the fallback meter sees TCP only"),
    (.CAP_BPF, "CAP_BPF", "no eBPF meter: bytes are estimated from the sockets' own counters"),
    (.CAP_PERFMON, "CAP_PERFMON", "no eBPF meter: bytes are estimated from the sockets' own counters"),
    (.CAP_SYS_PTRACE, "CAP_SYS_PTRACE", "owners of other users' sockets are unknown"),
    (.CAP_SYS_ADMIN, "CAP_SYS_ADMIN", "other network namespaces, and so containers, cannot be entered"),
    (
      .CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH", "files and sockets of other users, such as Docker's, can't be read"
    ),
  ]

  private static func capabilities() -> [Check] {
    let effective = Capabilities.effective()
    let missing = wanted.filter { !effective.contains($0.0) }
    guard !missing.isEmpty else {
      return [
        Check(
          subject: "privileges", outcome: .works, detail: "all seven capabilities that headwater uses are available")
      ]
    }
    return missing.map {
      Check(
        subject: $0.1, outcome: missing.count == wanted.count ? .missing : .limited, detail: "missing",
        cost: "\($0.2); run headwater as root or grant the capability")
    }
  }

  private static func cgroups() -> [Check] {
    do {
      let root = try UnifiedCgroup()
      if let limit = root.limit {
        return [
          Check(
            subject: "cgroup v2", outcome: .limited, detail: limit,
            cost:
              "sockets of processes outside it are estimated from their own counters; run headwater in the host's cgroup "
              + "namespace (docker run --cgroupns=host), or with --pid=host and CAP_SYS_PTRACE or CAP_SYS_ADMIN")
        ]
      }
      // It only affects a remark on how v1 is mounted.
      let isHybrid = (try? CgroupMounts().isHybrid) ?? false
      let detail =
        switch root.way {
        case .mounted: isHybrid ? "\(root.path), beside cgroup v1" : root.path
        case .detached: "not mounted; the meter uses a private mount"
        case .firstProcess:
          "the whole hierarchy, as process 1 sees it: this process is in a cgroup namespace of its own"
        }
      return [Check(subject: "cgroup v2", outcome: .works, detail: detail)]
    } catch {
      return [
        Check(
          subject: "cgroup v2", outcome: .missing, detail: "\(error)",
          cost: "no eBPF meter; mount it with: mount -t cgroup2 none /sys/fs/cgroup/unified")
      ]
    }
  }

  // MARK: Meters

  private mutating func examineMeters(environment: [String: String]) {
    do {
      let root = try UnifiedCgroup()
      let meter = try EBPFMeter(cgroupRoot: root.path)
      self.meter = MeterKind.ebpf.rawValue
      let active = meter.programs.filter(\.isActive).map(\.name)
      // If its own sockets can't be listed, another line reports that.
      let own = (try? NetworkNamespaceSockets()).map { [(Place(namespace: 0), $0)] } ?? []
      let outside = OutsideSockets.areThere(root, own) ? root.limit : nil
      let limits = (outside.map { ["\($0): other sockets are estimated"] } ?? []) + meter.limits
      checks.append(
        Check(
          subject: "eBPF meter", outcome: limits.isEmpty ? .works : .limited,
          detail: "\(active.count) programs loaded and attached: \(active.joined(separator: ", "))",
          cost: limits.isEmpty ? nil : limits.joined(separator: "; "), parts: Self.unloaded(meter.programs)))
    } catch {
      checks.append(
        Check(
          subject: "eBPF meter", outcome: .missing, detail: "\(error)",
          cost: "bytes of TCP are estimated from the sockets' own counters, and short connections may have no process",
          parts: Self.unloaded(error)))
    }
    do {
      let own = try NetworkNamespaceSockets()
      // Any constant number would do.
      let id = (try? FileIdentity(of: "/proc/self/ns/net"))?.inode ?? 0
      let meter = try SocketsMeter { [(Place(namespace: id), own)] }
      if self.meter == "none" { self.meter = MeterKind.sockets.rawValue }
      checks.append(
        Check(
          subject: "fallback meter", outcome: meter.limits.count > 1 ? .limited : .works,
          detail: "polls the sockets' counters",
          cost: meter.limits.isEmpty ? nil : meter.limits.joined(separator: "; ")))
    } catch {
      checks.append(Check(subject: "fallback meter", outcome: .missing, detail: "\(error)", cost: "no second meter"))
    }
  }

  private static func unloaded(_ programs: [EBPFMeter.Program]) -> [String] {
    programs.filter { !$0.isActive && !$0.log.isEmpty }.map { "\($0.name): \($0.log)" }
  }

  private static func unloaded(_ error: any Error) -> [String] { unloaded((error as? MeterError)?.programs ?? []) }

  private mutating func examineFollowing() {
    do {
      // It keeps the root open as long as the path is used.
      let cgroup = try UnifiedCgroup()
      let programs = try withExtendedLifetime(cgroup) { try SocketEvents(cgroupRoot: cgroup.path).programs }
      let active = programs.filter(\.isActive).map(\.name)
      let lacking = programs.filter { $0.error != nil }.map(\.name)
      checks.append(
        Check(
          subject: "inspect --follow", outcome: lacking.isEmpty ? .works : .limited,
          detail: "\(active.count) programs loaded and attached",
          cost: lacking.isEmpty ? nil : "not active: \(lacking.joined(separator: ", ")): such calls are not shown",
          parts: Self.unloaded(programs)))
    } catch {
      checks.append(
        Check(
          subject: "inspect --follow", outcome: .missing, detail: "\(error)", cost: "calls cannot be followed",
          parts: Self.unloaded(error)))
    }
  }

  // MARK: Relays and tunnels

  private static func passages() -> [Check] {
    var checks: [Check] = []
    do {
      let programs = try RelayWatch.everywhere().programs
      let active = programs.filter(\.isActive).map(\.name)
      let lacking = programs.filter { $0.error != nil }.map(\.name)
      checks.append(
        Check(
          subject: "relays by cause", outcome: lacking.isEmpty ? .works : .limited,
          detail: "\(active.count) programs loaded and attached: \(active.joined(separator: ", "))",
          cost: lacking.isEmpty
            ? nil
            : "not active: \(lacking.joined(separator: ", ")): some connections are paired only by bytes or shares",
          parts: Self.unloaded(programs)))
    } catch {
      checks.append(
        Check(
          subject: "relays by cause", outcome: .missing, detail: "\(error)",
          cost: "proxy connections are paired only by session lists, byte counts or shares", parts: Self.unloaded(error)
        ))
    }
    do {
      let watch = try NameWatch()
      try watch.lookAround()
      let notes = watch.takeNotes()
      checks.append(
        Check(
          subject: "names of flows", outcome: notes.isEmpty ? .works : .limited,
          detail:
            "handshakes and DNS answers are read while a command needs them, "
            + (watch.namespaceCount == 1 ? "in 1 namespace" : "in \(watch.namespaceCount) namespaces"),
          cost: notes.isEmpty ? nil : notes.joined(separator: "; ")))
    } catch {
      checks.append(
        Check(
          subject: "names of flows", outcome: .missing, detail: "\(error)",
          cost: "the site of a flow is unknown, and trace cannot start from a name"))
    }
    do {
      _ = try RootFolder.own.names(in: "/")
      checks.append(
        Check(subject: "other roots", outcome: .works, detail: "files of containers are read inside their own roots"))
    } catch {
      checks.append(
        Check(
          subject: "other roots", outcome: .missing, detail: "\(error)",
          cost: "configurations and status files of VPNs and proxies cannot be read (openat2, since Linux 5.6)"))
    }
    do {
      let sockets = try NetworkNamespaceSockets()
      _ = try WireGuardDevices(sockets).device("lo")
      checks.append(Check(subject: "WireGuard", outcome: .works, detail: "the kernel's devices answer"))
    } catch {
      let isAbsent = error.code == .unsupported
      checks.append(
        Check(
          subject: "WireGuard", outcome: isAbsent ? .works : .limited,
          detail: isAbsent ? "the kernel has no WireGuard; programs such as wireguard-go are queried" : "\(error)",
          cost: isAbsent ? nil : "peers of the kernel's WireGuard devices have no name"))
    }
    return checks
  }

  // MARK: Readers

  private static func netlink() -> [Check] {
    let sockets: NetworkNamespaceSockets
    do { sockets = try NetworkNamespaceSockets() } catch {
      return [
        Check(
          subject: "netlink", outcome: .missing, detail: "\(error)",
          cost: "no sockets, routes or translations are known")
      ]
    }
    var checks: [Check] = []
    var able: [String] = []
    var unable: [String] = []
    for transport in [Transport.tcp, .udp, .sctp] {
      do {
        try SocketDiagnosis(sockets).dump(transport, filter: SocketFilter(states: .listening)) { _ in }
        able.append(transport.description)
      } catch { unable.append("\(transport): \(error)") }
    }
    checks.append(
      Check(
        subject: "socket tables (sock_diag)", outcome: able.contains("tcp") ? .works : .missing,
        detail: "read for \(able.isEmpty ? "none" : able.joined(separator: ", "))"
          + (unable.isEmpty ? "" : "; not for \(unable.joined(separator: "; "))")))
    let tracking = ConnectionTracking(sockets)
    do {
      let count = try tracking.count()
      // Where the setting is not to be read, the check says so.
      let accounts = try? tracking.accountingEnabled()
      checks.append(
        Check(
          subject: "connection tracking", outcome: .works,
          detail: "\(count.entries) entries" + (count.limit.map { " of \($0)" } ?? "")
            + ", byte counters \(accounts.map { $0 ? "on" : "off" } ?? "not readable")",
          cost: accounts != false
            ? nil
            : "entries have no byte counts, which matters only without the eBPF meter; turn them on with: sysctl net.netfilter.nf_conntrack_acct=1"
        ))
    } catch {
      checks.append(
        Check(
          subject: "connection tracking", outcome: .missing, detail: "\(error)",
          cost: "translations (NAT) of flows are unknown: chains end at the translated address"))
    }
    return checks
  }

  private static func processes() -> [Check] {
    let confined = ProcessFiles().confinement.map {
      Check(
        subject: "pid namespace", outcome: .limited, detail: $0,
        cost: "their sockets have no owner unless the eBPF meter saw them move, and their logs are not found; "
          + "run headwater outside (in a container: with the host's pid namespace, --pid host)")
    }
    return [confined].compactMap(\.self) + descriptors()
  }

  private static func descriptors() -> [Check] {
    do {
      let owners = try SocketInodeOwners()
      let denied = owners.deniedProcesses
      return [
        Check(
          subject: "processes' descriptors", outcome: owners.blindness == nil ? .works : .limited,
          detail: "\(owners.readProcesses) processes with \(owners.count) sockets read, \(denied) refused"
            + (owners.hidden.map { "; \($0)" } ?? ""),
          cost: owners.blindness == nil
            ? nil : "sockets of the other processes have no owner unless the eBPF meter saw them move"
        )
      ]
    } catch {
      return [Check(subject: "processes' descriptors", outcome: .missing, detail: "\(error)", cost: "no owners")]
    }
  }

  private static func namespaces() -> [Check] {
    var namespaces = LocalNamespaces()
    namespaces.refresh([]) { _, _, _ in nil }
    let refused = namespaces.notes
    return [
      Check(
        subject: "network namespaces", outcome: refused.isEmpty ? .works : .limited,
        detail: "\(namespaces.descriptions.count) found, \(namespaces.all.count) can be entered"
          + (refused.isEmpty ? "" : "; \(refused.joined(separator: "; "))"),
        cost: refused.isEmpty ? nil : "flows in the others have no translation and no owner")
    ]
  }

  private static func engines(_ environment: [String: String]) -> [Check] {
    let engines: [DockerEngine]
    do { engines = try DockerEngine.candidates(environment: environment) } catch {
      return [Check(subject: "Docker", outcome: .missing, detail: "\(error)", cost: "containers are shown by id")]
    }
    var checks: [Check] = []
    for engine in engines {
      do {
        let version = try engine.version()
        checks.append(
          Check(
            subject: version.runtime == "podman" ? "Podman" : "Docker", outcome: .works,
            detail: "\(engine.address) answers as version \(version.engine ?? "unknown"), API \(version.api)"))
      } catch {
        let isAskedFor = engine == engines.first && environment["DOCKER_HOST"]?.isEmpty == false
        guard error.code != .absent || isAskedFor else { continue }
        if error.code == .denied, engine.hasReadableFiles {
          checks.append(
            Check(
              subject: "Docker", outcome: .works,
              detail: "no permission to query \(engine.address); the engine's files are read instead"))
          continue
        }
        checks.append(
          Check(
            subject: "container engine", outcome: .limited, detail: "\(error)", cost: "its containers are shown by id"))
      }
    }
    if checks.isEmpty {
      checks.append(
        Check(
          subject: "container engine", outcome: .works,
          detail: "no Docker or Podman socket; containers of other engines are shown by id"))
    }
    return checks
  }
}
