/// One process, identified by pid and start time: a pid alone is reused.
public struct Process: Hashable, Sendable, Codable {
  /// In the pid namespace of the vantage that answered.
  public var pid: Int32
  /// Seconds since the epoch; nil if it ended before it could be read.
  public var startTime: Double?
  /// The kernel's `comm`, at most 15 bytes.
  public var name: String
  public var executable: String?
  public var command: [String]?
  public var uid: UInt32?
  public var user: String?
  /// From the parent up to pid 1, as far as they could be read.
  public var parents: [Ancestor]?
  /// True once the process was found to have ended.
  public var ended: Bool?
  /// Of a process that began or ended while it was watched: who started it, and may do so again.
  public var startedBy: Starter?

  /// Who starts others.
  public struct Starter: Hashable, Sendable, Codable {
    /// Nil if it is no process: a container that is restarted.
    public var pid: Int32?
    public var name: String
    public var command: [String]?
    /// Why that one runs, to stand behind "runs": `by cron, /etc/cron.d/poll:3`.
    public var reason: String?
    /// Where that is written, `file:line` or a file.
    public var configuration: String?
    /// True once it was found to have ended.
    public var ended: Bool?

    public init(
      pid: Int32?, name: String, command: [String]? = nil, reason: String? = nil, configuration: String? = nil,
      ended: Bool? = nil
    ) {
      self.pid = pid
      self.name = name
      self.command = command
      self.reason = reason
      self.configuration = configuration
      self.ended = ended
    }

    /// A command in a sentence: cut, and in one line.
    public static func shown(_ command: [String]) -> String {
      let text = command.joined(separator: " ").split(whereSeparator: \.isNewline).joined(separator: " ")
      return text.count > 60 ? "\(text.prefix(59))…" : text
    }
  }

  /// A parent, grandparent, …
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

/// A container as its runtime knows it, or as much as its cgroup path and namespace tell.
public struct Container: Hashable, Sendable, Codable {
  /// `docker`, `containerd`, `cri-o`, `podman`, `kubernetes`, `lxc`, or `unknown`.
  public var runtime: String
  /// The full id where it is known.
  public var id: String
  public var name: String?
  public var image: String?
  public var labels: [String: String]?
  /// Its first address inside its own network namespace.
  public var address: IPAddress?
  /// The Kubernetes pod's uid, with dashes.
  public var pod: String?
  /// Why name and image are missing, if they are.
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

  /// The first 12 digits, as the runtimes print it.
  public var shortID: String { String(id.prefix(12)) }

  /// The name, or else the short id.
  public var title: String { name ?? shortID }
}

/// Who a flow belongs to: a process, and what holds it.
public struct Owner: Hashable, Sendable, Codable {
  public var process: Process?
  public var container: Container?
  /// `nginx.service`, `session-3.scope`.
  public var unit: String?
  /// The virtual machine's name, for a tap device's owner.
  public var machine: String?
  /// True for sockets that the kernel itself opened (NFS, WireGuard, ICMP replies).
  public var isKernel: Bool?
  /// How many processes hold the socket, if which of them used it is not known; `process` is then the youngest.
  public var holders: Int?
  /// Why the process is not known, if it is not.
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
