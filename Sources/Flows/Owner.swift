/// One process, identified by pid and start time, because the kernel reuses pids.
public struct Process: Hashable, Sendable, Codable {
  /// The pid, in the pid namespace of the vantage that answered.
  public var pid: Int32
  /// Seconds since the epoch; nil if it ended before it could be read.
  public var startTime: Double?
  /// The kernel's `comm`, at most 15 bytes.
  public var name: String
  public var executable: String?
  public var command: [String]?
  public var uid: UInt32?
  public var user: String?
  /// The process's ancestors, from its parent up to pid 1, as far as they could be read.
  public var parents: [Ancestor]?
  /// True once the process was found to have ended.
  public var ended: Bool?
  /// True for one that is in no pid namespace which the vantage sees: `pid` is then the kernel's own number, and nobody knows
  /// whether it still lives.
  public var outside: Bool?
  /// For a process that began or ended while it was watched: who started it and may start it again.
  public var startedBy: Starter?

  /// What starts other processes.
  public struct Starter: Hashable, Sendable, Codable {
    /// The starter's pid; nil if it is not a process, such as a restart policy of a container.
    public var pid: Int32?
    public var name: String
    public var command: [String]?
    /// Why the starter runs: `by cron, /etc/cron.d/poll:3`, `on its own, left behind by …`. `cause` is the sentence.
    public var reason: String?
    /// `it is run by cron, /etc/cron.d/poll:3`; nil without a reason.
    public var cause: String? { reason.map { "it \($0.hasPrefix("by ") ? "is run" : "runs") \($0)" } }
    /// Where that is configured: `file:line`, or a file.
    public var configuration: String?
    /// True once the starter was found to have ended.
    public var ended: Bool?
    /// Of what runs in a new container each time: their image.
    public var image: String?

    public init(
      pid: Int32?, name: String, command: [String]? = nil, reason: String? = nil, configuration: String? = nil,
      ended: Bool? = nil, image: String? = nil
    ) {
      self.pid = pid
      self.name = name
      self.command = command
      self.reason = reason
      self.configuration = configuration
      self.ended = ended
      self.image = image
    }

    /// A command line shortened to fit into a sentence, on one line.
    public static func shown(_ command: [String]) -> String {
      let text = command.joined(separator: " ").split(whereSeparator: \.isNewline).joined(separator: " ")
      return text.count > 60 ? "\(text.prefix(59))…" : text
    }
  }

  /// `811`, or `811 of another pid namespace`: a number says little without the place where it counts.
  public var numbered: String { outside == true ? "\(pid) of another pid namespace" : "\(pid)" }

  /// A parent, a grandparent and so on.
  public struct Ancestor: Hashable, Sendable, Codable {
    public var pid: Int32
    public var name: String
    public init(pid: Int32, name: String) {
      self.pid = pid
      self.name = name
    }
  }

  public init(
    pid: Int32, startTime: Double? = nil, name: String, executable: String? = nil, command: [String]? = nil,
    uid: UInt32? = nil, user: String? = nil, parents: [Ancestor]? = nil, ended: Bool? = nil
  ) {
    self.pid = pid
    self.startTime = startTime
    self.name = name
    self.executable = executable
    self.command = command
    self.uid = uid
    self.user = user
    self.parents = parents
    self.ended = ended
  }
}

/// A container, as its runtime describes it, or as far as its cgroup path and namespace tell.
public struct Container: Hashable, Sendable, Codable {
  /// `docker`, `containerd`, `cri-o`, `podman`, `kubernetes`, `lxc`, or `unknown`.
  public var runtime: String
  /// The full id, if it is known.
  public var id: String
  public var name: String?
  public var image: String?
  public var labels: [String: String]?
  /// The container's first address in its own network namespace.
  public var address: IPAddress?
  /// The uid of the Kubernetes pod, with dashes; nil outside Kubernetes.
  public var pod: String?
  /// Why name and image are missing; nil if they are known.
  public var reason: String?

  public init(
    runtime: String, id: String, name: String? = nil, image: String? = nil, labels: [String: String]? = nil,
    address: IPAddress? = nil, pod: String? = nil, reason: String? = nil
  ) {
    self.runtime = runtime
    self.id = id
    self.name = name
    self.image = image
    self.labels = labels
    self.address = address
    self.pod = pod
    self.reason = reason
  }

  /// The id's first 12 digits, as container runtimes print it.
  public var shortID: String { String(id.prefix(12)) }

  /// The name, or the short id if there is no name.
  public var title: String { name ?? shortID }
}

/// The process that a flow belongs to, and what contains it: container, unit, virtual machine.
public struct Owner: Hashable, Sendable, Codable {
  public var process: Process?
  public var container: Container?
  /// The systemd unit: `nginx.service`, `session-3.scope`.
  public var unit: String?
  /// The name of the virtual machine, if the owner is a hypervisor with a tap device.
  public var machine: String?
  /// True for sockets that the kernel itself opened (NFS, WireGuard, ICMP replies).
  public var isKernel: Bool?
  /// How many processes hold the socket, if it is not known which one used it. `process` is then the youngest.
  public var holders: Int?
  /// Why the process is not known; nil if it is.
  public var reason: String?

  public init(
    process: Process? = nil, container: Container? = nil, unit: String? = nil, machine: String? = nil,
    isKernel: Bool? = nil, reason: String? = nil
  ) {
    self.process = process
    self.container = container
    self.unit = unit
    self.machine = machine
    self.isKernel = isKernel
    self.reason = reason
  }
}

extension Owner {
  /// The unit for people: `docker-web.scope` where the unit's own name has the container's id.
  public var shownUnit: String? {
    guard let container, let name = container.name, !container.id.isEmpty, name != container.id else { return unit }
    return unit?.replacing(container.id, with: name)
  }

  private static let unseen = "no process found: "

  /// An owner whose process may be one that could not be seen.
  public static func unseen(_ container: Container? = nil, because reason: String) -> Owner {
    Owner(container: container, reason: unseen + reason)
  }

  /// Why the process may be one that could not be seen; nil if it is known, or if there is none.
  public var unseenReason: String? {
    guard process == nil, let reason, reason.hasPrefix(Self.unseen) else { return nil }
    return String(reason.dropFirst(Self.unseen.count))
  }
}
