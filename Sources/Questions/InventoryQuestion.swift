internal import Flows

/// Asks for the namespaces, their interfaces and addresses, and the containers, as they are now.
public struct InventoryQuestion: Question {
  public static let name = "inventory"
  public init() {}

  public var scope: Scope<Inventory> { .everyHost { Inventory(of: $0, $1) } }
  public var asAsked: Self { self }
  public var description: String { "list namespaces, interfaces and containers" }
}

extension Inventory {
  /// Joins the parts of several hosts.
  init(of parts: [HostPart<Inventory>], _ hosts: HostRoster) {
    let found = Dictionary(parts.map { ($0.number, $0.value) }, uniquingKeysWith: { first, _ in first })
    self.init(host: hosts.names[0], namespaces: [], containers: [], notes: [])
    self.hosts = hosts.names
    here = hosts.here
    publicAddresses = hosts.publicAddresses
    clouds = hosts.names.indices.map { found[$0]?.cloud(of: 0) }
    let hidden = hosts.names.indices.map { found[$0]?.concealed?.first ?? nil }
    concealed = hidden.allSatisfy { $0 == nil } ? nil : hidden
    let unseen = hosts.names.indices.map { found[$0]?.confined?.first ?? nil }
    confined = unseen.allSatisfy { $0 == nil } ? nil : unseen
    aliases = hosts.aliases.isEmpty ? nil : hosts.aliases
    for part in parts {
      namespaces += part.value.namespaces
      containers += part.value.containers
      processNames.formUnion(part.value.processNames)
      notes += part.value.notes.map { hosts.note(part.number, $0) }
    }
    unreached = hosts.silent
  }
}

extension Inventory: HostRelative {
  public func called(_ name: String) -> Self {
    var copy = self
    copy.host = name
    return copy
  }
  public func on(host number: Int) -> Self {
    var copy = self
    copy.namespaces = namespaces.map { $0.on(host: number) }
    for index in copy.containers.indices {
      copy.containers[index].namespace = copy.containers[index].namespace?.on(host: number)
    }
    return copy
  }
  public func shifted(by seconds: Double) -> Self { self }
  public var tellsTime: Bool { false }
}

extension NamespaceDescription {
  fileprivate func on(host number: Int) -> NamespaceDescription {
    var result = self
    result.id = id.on(host: number)
    result.interfaces = interfaces.map { interface in
      var interface = interface
      interface.peer = interface.peer.map { .init(namespace: $0.namespace.on(host: number), index: $0.index) }
      return interface
    }
    return result
  }
}
