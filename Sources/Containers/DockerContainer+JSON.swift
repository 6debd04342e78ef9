internal import Flows
internal import JSON

extension DockerContainer {
  /// The elements of `GET /containers/json`; nil if the body is no array. Elements without an id are left out.
  public static func list(parsing body: [UInt8]) -> [DockerContainer]? {
    DockerJSON.decode([Lenient<DockerJSON.ListedContainer>].self, from: body)?
      .compactMap { $0.value.map(DockerContainer.init) }
  }

  /// The container of `GET /containers/ID/json`; nil if the body is no object with an id.
  public init?(parsing body: [UInt8]) {
    guard let json = DockerJSON.decode(DockerJSON.InspectedContainer.self, from: body) else { return nil }
    self.init(json)
  }

  /// Reads `config.v2.json`, which has the keys of `inspect` except `ID` and the network mode.
  init?(parsingStateFile body: [UInt8]) {
    guard let json = DockerJSON.decode(DockerJSON.StoredContainer.self, from: body) else { return nil }
    self.init(
      DockerJSON.InspectedContainer(
        Id: json.ID, Name: json.Name, Config: json.Config, State: json.State, NetworkSettings: json.NetworkSettings))
  }

  /// Reads the network mode from `hostconfig.json`.
  static func networkMode(parsingStateFile body: [UInt8]) -> String? {
    DockerJSON.decode(DockerJSON.HostConfiguration.self, from: body)?.NetworkMode?.value
  }

  private init(_ json: DockerJSON.InspectedContainer) {
    let settings = json.NetworkSettings?.value
    let status = json.State?.value
    self.init(
      id: json.Id, names: (json.Name?.value).map { [Self.withoutSlash($0)] } ?? [],
      image: json.Config?.value?.Image?.value, labels: json.Config?.value?.Labels?.value ?? [:],
      // 0 while it does not run.
      pid: (status?.Pid?.value).flatMap { $0 > 0 ? $0 : nil }, networks: Self.networks(settings),
      networkMode: json.HostConfig?.value?.NetworkMode?.value, publishedPorts: Self.ports(settings),
      sandboxKey: (settings?.SandboxKey?.value).flatMap { $0.isEmpty ? nil : $0 },
      state: status?.Status?.value ?? (status?.Running?.value).map { $0 ? "running" : "exited" })
    restartPolicy = json.HostConfig?.value?.RestartPolicy?.value?.Name?.value
    restartCount = json.RestartCount?.value
    isChecked = json.Config?.value.map { ($0.Healthcheck?.value?.Test?.value?.first ?? "NONE") != "NONE" }
  }

  private init(_ json: DockerJSON.ListedContainer) {
    let ports = (json.Ports?.value ?? []).compactMap { port -> PublishedPort? in
      guard let port = port.value, let hostPort = port.PublicPort, hostPort > 0 else { return nil }
      let transport = Transport(port.Type?.value ?? "tcp") ?? .tcp
      return PublishedPort(
        hostAddress: port.IP?.value.flatMap(IPAddress.init(_:)) ?? .anyV4, hostPort: hostPort,
        containerPort: port.PrivatePort, transport: transport)
    }
    self.init(
      id: json.Id, names: (json.Names?.value ?? []).map(Self.withoutSlash), image: json.Image?.value,
      labels: json.Labels?.value ?? [:], pid: nil, networks: Self.networks(json.NetworkSettings?.value),
      networkMode: json.HostConfig?.value?.NetworkMode?.value, publishedPorts: Self.sorted(ports), sandboxKey: nil,
      state: json.State?.value)
  }

  private static func withoutSlash(_ name: String) -> String { name.hasPrefix("/") ? String(name.dropFirst()) : name }

  private static func networks(_ settings: DockerJSON.NetworkConfiguration?) -> [Network] {
    (settings?.Networks?.value ?? [:]).sorted { $0.key < $1.key }.compactMap { name, attachment in
      guard let attachment = attachment.value else { return nil }
      let filled = { (text: String?) in text.flatMap { $0.isEmpty ? nil : $0 } }
      return Network(
        name: name, id: filled(attachment.NetworkID?.value),
        v4: attachment.IPAddress?.value.flatMap(IPAddress.init(_:)),
        v6: attachment.GlobalIPv6Address?.value.flatMap(IPAddress.init(_:)), mac: filled(attachment.MacAddress?.value))
    }
  }

  /// Reads `"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}]`; the value is null for a port that is only exposed.
  private static func ports(_ settings: DockerJSON.NetworkConfiguration?) -> [PublishedPort] {
    var ports: [PublishedPort] = []
    for (key, bindings) in settings?.Ports?.value ?? [:] {
      let parts = key.split(separator: "/")
      guard parts.count == 2, let port = Port(parts[0]), let transport = Transport(String(parts[1])) else { continue }
      for binding in bindings.value ?? [] {
        guard let text = binding.value?.HostPort?.value, let hostPort = Port(text), hostPort.number > 0 else {
          continue
        }
        let address = binding.value?.HostIp?.value.flatMap(IPAddress.init(_:)) ?? .anyV4
        ports.append(
          .init(
            hostAddress: address, hostPort: hostPort.number, containerPort: port.number, transport: transport))
      }
    }
    return sorted(ports)
  }

  private static func sorted(_ ports: [PublishedPort]) -> [PublishedPort] {
    ports.sorted {
      ($0.hostPort, $0.transport.number, $0.hostAddress) < ($1.hostPort, $1.transport.number, $1.hostAddress)
    }
  }
}

extension DockerContainer {
  /// The members of `Containers` of a network, which have names and addresses: `"IPv4Address": "172.17.0.2/16"`.
  static func attached(to network: DockerNetwork, in object: [UInt8]) -> [DockerContainer] {
    let members = DockerJSON.decode(DockerJSON.Network.self, from: object)?.Containers?.value ?? [:]
    return members.sorted { $0.key < $1.key }.compactMap { id, member in
      guard let member = member.value, let name = member.Name?.value, !name.isEmpty else { return nil }
      let address = { (text: String?) -> IPAddress? in
        text?.split(separator: "/").first.flatMap { IPAddress(String($0)) }
      }
      let place = Network(
        name: network.name, id: network.id, v4: address(member.IPv4Address?.value),
        v6: address(member.IPv6Address?.value),
        mac: member.MacAddress?.value)
      return DockerContainer(id: id, names: [name], networks: [place], state: "running")
    }
  }
}

extension DockerNetwork {
  /// The elements of `GET /networks`; nil if the body is no array.
  public static func list(parsing body: [UInt8]) -> [DockerNetwork]? {
    DockerJSON.decode([Lenient<DockerJSON.Network>].self, from: body)?.compactMap { element in
      guard let json = element.value else { return nil }
      let subnets = (json.IPAM?.value?.Config?.value ?? []).compactMap { $0.value?.Subnet?.value }
      let named = json.Options?.value?["com.docker.network.bridge.name"]
      let driver = json.Driver?.value
      return DockerNetwork(
        id: json.Id, name: json.Name, driver: driver, subnets: subnets.compactMap { Prefix($0) },
        bridgeInterface: named ?? (driver == "bridge" ? "br-" + json.Id.prefix(12) : nil))
    }
  }
}
