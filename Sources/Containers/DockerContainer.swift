public import Flows

/// A container as the engine's API describes it. What is not known is nil or empty: a list has less than `inspect`.
public struct DockerContainer: Hashable, Sendable, Codable {
  /// 64 hexadecimal digits.
  public var id: String
  /// The names without the leading slash; several if old-style links exist.
  public var names: [String]
  public var image: String?
  public var labels: [String: String]
  /// The pid of its first process, in the engine's pid namespace; nil unless it runs and was inspected.
  public var pid: Int32?
  /// Its networks by name. A host network has no addresses.
  public var networks: [Network]
  /// `bridge`, `host`, `none`, `container:ID`, or a network's name.
  public var networkMode: String?
  public var publishedPorts: [PublishedPort]
  /// The file of its network namespace, such as `/var/run/docker/netns/…`; only from `inspect`.
  public var sandboxKey: String?
  /// The state: `running`, `exited`, `paused`, …; nil from engines before API 1.23, which don't list it.
  public var state: String?
  /// The restart policy: `no`, `always`, `on-failure`, `unless-stopped`; only from `inspect`.
  public var restartPolicy: String?
  /// How often the restart policy has restarted it; only from `inspect`.
  public var restartCount: Int?
  /// Whether the engine runs a check of its health in it, again and again; only from `inspect`.
  public var isChecked: Bool?

  /// The container's addresses in one network.
  public struct Network: Hashable, Sendable, Codable {
    public var name: String
    public var id: String?
    public var v4: IPAddress?
    public var v6: IPAddress?
    /// The MAC address as printed: `02:42:ac:11:00:02`.
    public var mac: String?

    public init(name: String, id: String? = nil, v4: IPAddress? = nil, v6: IPAddress? = nil, mac: String? = nil) {
      self.name = name
      self.id = id
      self.v4 = v4
      self.v6 = v6
      self.mac = mac
    }
  }

  /// A port of the host that leads to one of the container.
  public struct PublishedPort: Hashable, Sendable, Codable {
    /// The host's address; 0.0.0.0 or `::` for all addresses.
    public var hostAddress: IPAddress
    public var hostPort: UInt16
    public var containerPort: UInt16
    public var transport: Transport
  }

  public init(
    id: String, names: [String] = [], image: String? = nil, labels: [String: String] = [:], pid: Int32? = nil,
    networks: [Network] = [], networkMode: String? = nil, publishedPorts: [PublishedPort] = [],
    sandboxKey: String? = nil, state: String? = nil
  ) {
    self.id = id
    self.names = names
    self.image = image
    self.labels = labels
    self.pid = pid
    self.networks = networks
    self.networkMode = networkMode
    self.publishedPorts = publishedPorts
    self.sandboxKey = sandboxKey
    self.state = state
  }

  /// Whether it has processes, as far as its state is known.
  public var isRunning: Bool { state.map { ["running", "paused", "restarting"].contains($0) } ?? true }

  /// The container whose network namespace this one shares, by id or name.
  public var networkContainer: String? {
    guard let networkMode, networkMode.hasPrefix("container:") else { return nil }
    return String(networkMode.dropFirst(10))
  }

  /// The container as the owner of flows.
  public func container(runtime: String) -> Container {
    let address = networks.lazy.compactMap { $0.v4 ?? $0.v6 }.first
    return Container(
      runtime: runtime, id: id, name: names.first, image: image, labels: labels.isEmpty ? nil : labels,
      address: address, pod: labels["io.kubernetes.pod.uid"])
  }
}

/// A network as `GET /networks` describes it.
public struct DockerNetwork: Hashable, Sendable, Codable {
  public var id: String
  public var name: String
  /// `bridge`, `overlay`, `macvlan`, `ipvlan`, `host`, `null`, …
  public var driver: String?
  public var subnets: [Prefix]
  /// The bridge's interface on the host: `docker0`, or `br-` and 12 digits of the id; nil for other drivers.
  public var bridgeInterface: String?
}
