import AddressSets
import Documents
import Flows
import Questions
import Testing
import Tracing

extension Place {
  static let host = Place(namespace: 1)
}

/// Flows as they are written in the tests: `flow("10.0.0.1:1", "10.0.0.2:2")`.
func flow(_ source: String, _ destination: String, _ transport: Transport = .tcp) throws -> Flow {
  Flow(transport, from: try #require(Endpoint(source)), to: try #require(Endpoint(destination)))
}

extension Owner {
  static func process(_ pid: Int32, _ name: String, in container: Container? = nil) -> Owner {
    Owner(process: Process(pid: pid, startTime: 1, name: name, command: [name]), container: container)
  }
}

extension RecordedVantage {
  /// A host with `eth0` and a bridge `docker0`, in both families.
  static func dockerHost() throws -> RecordedVantage {
    var vantage = RecordedVantage()
    vantage.add(NamespaceDescription(id: .host, name: "host", isHost: true))
    try vantage.plug("eth0", 2, "198.51.100.1/24", "2001:db8:51::1/64", in: .host)
    try vantage.plug("docker0", 3, "172.17.0.1/16", "fd17::1/64", kind: "bridge", in: .host)
    return vantage
  }

  mutating func add(_ namespace: NamespaceDescription) { recordedInventory.namespaces.append(namespace) }

  /// `NamespaceDescription` of `id`, to be changed.
  mutating func change(_ id: Place, _ body: (inout NamespaceDescription) -> Void) {
    guard let index = recordedInventory.namespaces.firstIndex(where: { $0.id == id }) else { return }
    body(&recordedInventory.namespaces[index])
  }

  /// An interface with addresses, and the routes to their subnets.
  mutating func plug(
    _ name: String, _ index: UInt32, _ addresses: String..., kind: Interface.Kind? = nil, master: UInt32? = nil,
    peer: Interface.Peer? = nil, in namespace: Place
  ) throws {
    try plug(name, index, addresses, kind: kind, master: master, peer: peer, in: namespace)
  }

  private mutating func plug(
    _ name: String, _ index: UInt32, _ addresses: [String], kind: Interface.Kind?, master: UInt32?,
    peer: Interface.Peer?,
    in namespace: Place
  ) throws {
    var own: [InterfaceAddress] = []
    for text in addresses {
      let prefix = try #require(Prefix(text))
      let address = try #require(IPAddress(text.prefix { $0 != "/" }))
      own.append(InterfaceAddress(address: address, prefixLength: prefix.length))
      routes[namespace, default: [:]][prefix] = RouteAnswer(interface: index, gateway: nil, isLocal: false)
    }
    change(namespace) {
      $0.interfaces.append(Interface(index: index, name: name, kind: kind, master: master, addresses: own, peer: peer))
    }
  }

  mutating func route(_ prefix: String, interface: UInt32, via gateway: String? = nil, in namespace: Place) throws {
    routes[namespace, default: [:]][try #require(Prefix(prefix))] = RouteAnswer(
      interface: interface, gateway: try gateway.map { try #require(IPAddress($0)) }, isLocal: false)
  }

  /// A veth pair whose ends have the index `index` in their namespaces.
  mutating func wire(
    _ index: UInt32, _ one: Place, _ oneAddress: String, _ other: Place, _ otherAddress: String
  ) throws {
    try plug(
      "veth\(index)", index, oneAddress, kind: "veth", peer: .init(namespace: other, index: index), in: one)
    try plug(
      "veth\(index)", index, otherAddress, kind: "veth", peer: .init(namespace: one, index: index), in: other)
  }

  /// A container `number` on the bridge with index 3 of `parent`: `172.17.0.<number>` unless said otherwise.
  @discardableResult
  mutating func container(
    _ name: String, _ number: UInt64, on parent: Place = .host, addresses: [String]? = nil,
    gateways: [String] = ["172.17.0.1", "fd17::1"]
  ) throws -> (id: Place, container: Container) {
    let namespace = Place(namespace: parent.namespace * 100 + number)
    let container = Container(
      runtime: "docker", id: String(repeating: "0", count: 8) + "\(namespace.namespace)abcdef0123456789", name: name,
      image: "base")
    let port = UInt32(100 + number)
    let inside = addresses ?? ["172.17.0.\(number)/16", "fd17::\(number)/64"]
    add(
      NamespaceDescription(
        id: namespace, name: "container \(name)", isHost: false, container: container, entry: "nsenter -t \(number) -n")
    )
    recordedInventory.containers.append(ContainerDescription(container: container, namespace: namespace, pid: 1))
    try plug("eth0", 2, inside, kind: "veth", master: nil, peer: .init(namespace: parent, index: port), in: namespace)
    try plug(
      "veth\(port)", port, kind: "veth", master: 3, peer: .init(namespace: namespace, index: 2), in: parent)
    for gateway in gateways {
      try route(gateway.contains(":") ? "::/0" : "0.0.0.0/0", interface: 2, via: gateway, in: namespace)
    }
    return (namespace, container)
  }

  mutating func translate(_ original: Flow, to translated: Flow, in namespace: Place = .host) {
    translations[namespace, default: []].append(Translation(original: original, translated: translated))
  }

  /// A row of the measurement; `flow` is from the owner's end.
  mutating func moved(
    _ flow: Flow, _ role: FlowTraffic.Role, _ owner: Owner = Owner(), out: UInt64 = 1000, in inward: UInt64 = 100,
    payloadOut: UInt64? = nil, payloadIn: UInt64? = nil, translated: Flow? = nil, cookie: UInt64? = nil,
    interface: String? = nil, outInterface: String? = nil, at namespace: Place = .host
  ) {
    interval.flows.append(
      FlowTraffic(
        namespace: namespace, namespaceName: recordedInventory.namespace(namespace)?.name ?? "gone", role: role,
        flow: flow, translated: translated, owner: owner, traffic: Traffic(bytesIn: inward, bytesOut: out),
        payloadIn: payloadIn, payloadOut: payloadOut, interface: interface, outInterface: outInterface, cookie: cookie))
  }

  func trace(_ target: String? = nil) async throws -> TraceDocument {
    try await Tracer(self).trace(target, seconds: 2, sets: AddressSets()).document
  }
}

extension Chain {
  var kinds: [Hop.Kind] { hops.map(\.kind) }
  func hop(_ kind: Hop.Kind) throws -> Hop { try #require(hops.first { $0.kind == kind }) }
}

/// The two families, with addresses of the same meaning.
enum Family: CaseIterable, CustomTestStringConvertible {
  case v4, v6
  var testDescription: String { self == .v4 ? "IPv4" : "IPv6" }

  private func pick(_ v4: String, _ v6: String, _ port: Int?) -> String {
    guard let port else { return self == .v4 ? v4 : v6 }
    return self == .v4 ? "\(v4):\(port)" : "[\(v6)]:\(port)"
  }
  /// The host's own address on eth0.
  func host(_ port: Int? = nil) -> String { pick("198.51.100.1", "2001:db8:51::1", port) }
  /// The host's address on docker0.
  func bridge(_ port: Int? = nil) -> String { pick("172.17.0.1", "fd17::1", port) }
  func container(_ number: Int, _ port: Int? = nil) -> String { pick("172.17.0.\(number)", "fd17::\(number)", port) }
  /// Another host on eth0's link.
  func outside(_ port: Int? = nil) -> String { pick("198.51.100.9", "2001:db8:51::9", port) }
  func loopback(_ port: Int? = nil) -> String { pick("127.0.0.1", "::1", port) }
  /// An address of the Internet.
  func stranger(_ port: Int? = nil) -> String { pick("9.9.9.9", "2620:fe::9", port) }
  var everywhere: String { self == .v4 ? "0.0.0.0/0" : "::/0" }
  func any(_ port: Int) -> String { pick("0.0.0.0", "::", port) }
}
