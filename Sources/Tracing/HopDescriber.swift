internal import Documents
internal import Flows
internal import Questions

/// Turns steps into hops with owners, names, evidence and certainty.
struct HopDescriber {
  let inquiry: Inquiry
  let inventory: Inventory
  let rows: RowIndex
  /// `ebpf` or `sockets`.
  let meter: String
  let carriers: CarrierIndex
  /// The names of the interval's flows; nil if names were not watched.
  var names: NameIndex?

  func chain(
    of connection: Connection, site: Site? = nil, seconds: Double, of total: UInt64, among count: Int
  ) async throws -> Chain {
    let steps = connection.steps
    var hops: [Hop] = []
    let responderIsHere = connection.responder.steps.last.map { if case .socket = $0 { true } else { false } } ?? false
    for (index, step) in steps.enumerated() {
      if case .external(let place, let address, let interface, _, _) = step,
        let link = try await link(place, address, interface, connection.row)
      {
        hops.append(link)
      }
      // The distant responder is the chain's destination, and not a hop on the way to its source.
      if case .external = step, index < steps.count - 1 || connection.initiator.steps.isEmpty { continue }
      var hop = try await hop(step, connection.row)
      if index == steps.count - 1, hop.reason == nil { hop.reason = silence(of: step) }
      hops.append(hop)
    }
    let bytes = connection.bytes
    var destination = destination(of: connection, hops, responderIsHere)
    destination.site = site
    return Chain(
      bytes: bytes, bitsPerSecond: Chain.rate(bytes, seconds),
      share: Chain.share(bytes, of: total, flows: 1, among: count),
      flows: 1, hops: hops, source: source(of: hops), destination: destination)
  }

  private func hop(_ step: Step, _ row: FlowTraffic) async throws -> Hop {
    switch step {
    case .socket(let place, let flow, let end): return try await socket(place, flow, end, row)
    case .nat(let place, let original, let translated, let evidence):
      return Hop(
        .nat, host: inventory.host(of: place), namespace: name(place),
        // No kernel keeps what a program translates from one family to the other.
        certainty: original.source.address.isV4 == translated.source.address.isV4 ? .observed : .matched,
        flow: original,
        translated: Hop.Translated(source: translated.source, destination: translated.destination),
        evidence: evidence.list)
    case .container(let place):
      let container = description(place)?.container
      return Hop(
        .container, host: inventory.host(of: place), namespace: name(place), certainty: .observed, container: container,
        reason: container?.reason,
        evidence: description(place)?.evidence ?? [
          Evidence(
            container?.runtime ?? "cgroup",
            "network namespace \(place.namespace) belongs to container \(container?.title ?? "unknown")",
            command: container.flatMap { Self.inspection($0) })
        ])
    case .host(let place, let reason, let publicAddress, let evidence):
      return host(place, reason, publicAddress, evidence.list)
    case .namespace(let place): return namespace(place)
    case .relay(let place, let crossing): return relay(place, crossing)
    case .edge(let place, let crossing): return edge(place, crossing)
    case .tunnel(let place, let address, let answer, let evidence):
      return tunnel(place, address, answer, evidence.list)
    case .external(let place, let address, let interface, let doubt, let evidence):
      var hop = try await external(place, address, interface, evidence.list)
      if let doubt {
        (hop.certainty, hop.reason) = (.unknown, doubt)
      } else {
        if let inference = row.inference {
          if hop.certainty == .observed { hop.certainty = .inferred }
          hop.evidence.append(Evidence("ports", inference))
        }
        if hop.reason == nil, let reason = unasked(address) { (hop.certainty, hop.reason) = (.unknown, reason) }
      }
      return hop
    case .unknown(let place, let flow, let reason):
      return Hop(
        .unknown, host: inventory.host(of: place), namespace: name(place), certainty: .unknown, flow: flow,
        reason: reason)
    }
  }

  /// Why a chain may end too early at a step (its host stopped answering); nil if the host answers.
  private func silence(of step: Step) -> String? { inquiry.silence(of: inventory.host(of: step.place)) }

  /// Which wanted hosts may have `address`, because nothing is known of them; nil if none.
  private func unasked(_ address: IPAddress) -> String? {
    guard address.scope != .global || inventory.hostNumber(withPublic: address) != nil,
      let unreached = inventory.unreached, !unreached.isEmpty
    else { return nil }
    let known = Set(inventory.namespaces.map { inventory.host(of: $0.id) })
    let silent = unreached.filter { !known.contains($0.host) }.map { "\($0.host) (\($0.reason))" }
    return silent.isEmpty
      ? nil : "\(address) may belong to a host that could not be queried: \(silent.joined(separator: ", "))"
  }

  private func socket(_ place: Place, _ flow: Flow, _ end: Walker.Direction, _ row: FlowTraffic) async throws
    -> Hop
  {
    let own = row.role == .shared || end == .towardInitiator ? flow : flow.reversed
    var hop = Hop(.socket, host: inventory.host(of: place), namespace: name(place), certainty: .observed, flow: flow)
    // A program whose connections are not known.
    if flow.transport == .packet, flow.source.address.isUnspecified, flow.destination.address.isUnspecified {
      hop.flow = nil
    }
    // The followed row takes precedence over others with the same tuple.
    let isFollowed = row.namespace == place && row.flow == own && row.role != .forwarded
    let measured = isFollowed ? row : rows.socket(own, in: place)
    if let measured {
      hop.adopt(measured.owner)
      hop.evidence =
        measured.evidence ?? [
          Evidence(
            "meter (\(meter))",
            "\(measured.traffic.bytesOut) bytes sent, \(measured.traffic.bytesIn) received"
              + (measured.closed ? "; closed within the window" : ""),
            command: measured.closed ? nil : command(in: place, own.socketCommand))
        ]
      if let inference = measured.inference {
        hop.certainty = .inferred
        hop.evidence.append(Evidence("ports", inference))
      } else if measured.role == .peer, own.transport.hasPorts {
        hop.certainty = .inferred
        hop.evidence.append(Evidence("ports", "which end began is inferred: the lower port is taken for the server"))
      } else if measured.isRoleInferred == true {
        hop.certainty = .inferred
        let isOneWay = measured.traffic.packetsIn == 0 || measured.traffic.packetsOut == 0
        hop.evidence.append(
          isOneWay
            ? Evidence("meter (\(meter))", "who began is inferred: bytes go only one way")
            : Evidence("ports", "who began is inferred from the ports"))
      }
    } else {
      switch try await inquiry.ask(SocketQuestion(of: own, in: place)) {
      case .told(let told):
        hop.evidence = told.evidence
        if let answer = told.value {
          hop.adopt(answer.owner)
        } else {
          hop.kind = .unknown
          hop.reason = Self.absence(of: end, row)
        }
      case .refused(let reason):
        hop.kind = .unknown
        hop.reason = reason
      }
    }
    let writers = isFollowed ? [] : rows.writers(at: own, in: place)
    if !writers.isEmpty {
      let whole = max(1, writers.reduce(0) { $0 + $1.traffic.bytes })
      let shares = writers.prefix(4).map { writer in
        let name = writer.owner.process.map { "\($0.name) (pid \($0.pid))" } ?? "an unknown process"
        return "\(name) \(writer.traffic.bytes * 100 / whole) %"
      }
      hop.certainty = .inferred
      hop.evidence.append(
        Evidence(
          "meter (\(meter))",
          "\(writers.count) processes use this socket, the busiest is shown: \(shares.joined(separator: ", "))"))
    }
    if let holders = hop.holders {
      hop.certainty = .inferred
      hop.evidence.append(
        Evidence(
          isRecorded ? "sockets" : "/proc",
          "\(holders) processes hold this socket; which of them used it is not known, the youngest is shown"))
    }
    if hop.kind == .unknown { hop.certainty = .unknown }
    if hop.kind == .socket { describeName(of: flow, measured, &hop) }
    if hop.process == nil, hop.kind == .socket {
      hop.certainty = measured?.owner.isKernel == true ? .observed : .unknown
    }
    return hop
  }

  /// Why no socket has an end of the flow now that `row` counted elsewhere.
  private static func absence(of end: Walker.Direction, _ row: FlowTraffic) -> String {
    let closed = "no process: the socket closed before it was read"
    guard end == .towardResponder, row.role == .initiator || row.role == .forwarded else { return closed }
    let (asked, answered) = (row.traffic.packetsOut, row.traffic.packetsIn)
    // Without any packet of the asker nothing was counted, and no more is known of the answers.
    if asked > 0, answered == 0, row.traffic.bytesIn == 0 {
      return "no process: no socket has this end now, and nothing answered from there"
    }
    // A refusal has no options, unlike every answer of a socket that opens a connection.
    let refusal: UInt64 = row.flow.source.address.isV4 ? 40 : 60
    if row.flow.transport == .tcp, answered > 0, answered <= asked, row.traffic.bytesIn == answered * refusal {
      return closed + ", or nothing listens there and the connection was refused"
    }
    return closed
  }

  private func external(
    _ place: Place, _ address: IPAddress, _ interface: UInt32?, _ evidence: [Evidence]
  ) async throws -> Hop {
    var hop = Hop(.external, host: nil, certainty: .observed, address: address)
    guard let interface, let device = description(place)?.interface(interface) else {
      let isKnown = inventory.namespaces.contains { $0.owns(address) }
      hop.evidence = evidence.isEmpty && !isKnown ? [Evidence("route", "no known host has \(address)")] : evidence
      if isRecorded, let missing = missing(address, place) {
        hop.kind = .unknown
        hop.certainty = .unknown
        hop.reason = missing
      }
      return hop
    }
    hop.evidence = evidence
    hop.link = Hop.Link(interface: device.name)
    switch try await inquiry.ask(NeighbourQuestion(address, in: place)) {
    case .told(let told):
      if let neighbour = told.value { try await describe(neighbour, of: address, in: place, &hop) }
    // What no pasted output lists is not missed.
    case .refused where isRecorded: break
    case .refused(let reason):
      hop.evidence.append(Evidence("neighbour", "hardware address unknown: \(reason)"))
    }
    if let owner = device.deviceOwner, owner.isKnown {
      hop.adopt(owner)
      hop.evidence.append(holding(of: device.name, by: owner))
    }
    return hop
  }

  /// Adds the neighbour's hardware address and its other addresses to the hop.
  private func describe(_ neighbour: NeighbourAnswer, of address: IPAddress, in place: Place, _ hop: inout Hop)
    async throws
  {
    hop.link?.hardwareAddress = neighbour.hardwareAddress
    switch try await inquiry.ask(NeighboursQuestion(in: place)) {
    case .told(let told):
      let others = told.value.filter {
        $0.interface == neighbour.interface && $0.hardwareAddress == neighbour.hardwareAddress && $0.address != address
          && $0.address.scope != .linkLocal
      }
      // A neighbour with many addresses is a router, or a proxy for them.
      guard !others.isEmpty, others.count <= 4 else { return }
      hop.link?.otherAddresses = others.map(\.address).sorted()
    case .refused(let reason):
      hop.evidence.append(Evidence("neighbour", "the neighbour's other addresses are unknown: \(reason)"))
    }
  }

  /// Whether pasted outputs are the only evidence, so that nobody can be asked.
  private var isRecorded: Bool { meter == Interval.pasted }

  /// Which output to collect, for an internal address that no output shows at any host.
  private func missing(_ address: IPAddress, _ place: Place) -> String? {
    guard address.scope == .privateUse || address.scope == .shared else { return nil }
    if let owner = inventory.namespaces.first(where: { $0.owns(address) }) {
      let host = inventory.host(of: owner.id)
      return "\(host) has \(address), and no output from there has this flow: collect ss -tunap and conntrack -L there"
    }
    let host = inventory.host(of: place)
    let isBehind = rows.isTranslatedSource(address, in: place)
    let what =
      isBehind
      ? "it is behind \(host): collect docker inspect $(docker ps -q), ip address and ip neigh there"
      : "collect ss -tunap, conntrack -L and ip address on the host that has it"
    return "no output shows who has \(address); \(what)"
  }

  // MARK: Names

  func description(_ place: Place) -> NamespaceDescription? { inventory.namespace(place) }

  func name(_ place: Place) -> String {
    description(place)?.name ?? rows.name(of: place)
  }

  /// The command, run in the namespace of `place`; nil in recorded evidence, where nobody can enter it.
  func command(in place: Place, _ words: String) -> String? {
    guard let entry = description(place)?.entry else { return nil }
    return entry.isEmpty ? words : "\(entry) \(words)"
  }

  /// The command that inspects the container; nil if neither its name nor its id is safe to paste.
  static func inspection(_ container: Container) -> String? {
    [container.title, container.id].lazy.filter { !$0.isEmpty }.compactMap { name in
      let command: ShellCommand =
        container.runtime == "podman" ? "podman inspect \(name)" : "docker inspect \(name)"
      return command.text
    }.first
  }

  // MARK: Ends

  private func source(of hops: [Hop]) -> Chain.Source {
    guard let last = hops.last else {
      return Chain.Source(kind: .unknown, name: "unknown", summary: "unknown source")
    }
    // Traffic from outside has no host of its own: it arrived at the host before.
    let host = last.host ?? hops.last { $0.host != nil }?.host ?? inquiry.host
    // Traffic that only passes a host, or was only seen there, has not arrived at it.
    let isReached = hops.dropLast().contains { hop in
      (hop.host ?? inquiry.host) == host && [.socket, .relay, .container, .tunnel].contains(hop.kind)
    }
    let reached = isReached ? "to \(host)" : "seen on \(host)"
    let through = hops.dropLast().reversed().compactMap { hop -> String? in
      switch hop.kind {
      case .nat:
        hop.translated.map {
          "NAT to \($0.source.address == hop.flow?.source.address ? "\($0.destination)" : "\($0.source.address)")"
        }
      case .relay:
        hop.relay.map { relay in
          [relay.software, relay.user.map { "session of \($0)" }, relay.frontend.map { "frontend \($0)" }]
            .compactMap { $0 }.joined(separator: " ")
        }
      case .edge: hop.edge.map { "\($0.provider) as \($0.name)" }
      case .tunnel: hop.tunnel.map { "\($0.type) client \($0.client ?? "unknown")" }
      default: nil
      }
    }
    let way = through.isEmpty ? "" : ", through \(through.joined(separator: ", "))"
    let home = last.container.map { " in container \($0.title)" } ?? last.unit.map { " of \($0)" } ?? ""
    switch last.kind {
    case .socket:
      if let process = last.process {
        let name = process.name
        return Chain.Source(
          kind: .process, name: name, summary: "\(name) (pid \(process.numbered))\(home) on \(host)\(way)")
      }
      if let container = last.container {
        return Chain.Source(
          kind: .container, name: container.title, summary: "container \(container.title) on \(host)\(way)")
      }
      if last.reason == nil {
        return Chain.Source(kind: .process, name: "kernel", summary: "the kernel of \(host)\(way)")
      }
      return Chain.Source(kind: .unknown, name: "unknown", summary: last.reason ?? "unknown")
    case .container where last.container != nil && last.reason == nil:
      let name = last.container?.title ?? "unknown"
      return Chain.Source(kind: .container, name: name, summary: "container \(name) on \(host)\(way)")
    case .external:
      let address = last.address.map(String.init(describing:)) ?? "unknown"
      let link = hops.dropLast().last.flatMap { $0.kind == .link ? $0 : nil }
      let machine = link?.link?.machine.map { " of virtual machine \($0)" } ?? ""
      let device = (link?.process ?? last.process).map { ", behind \($0.name) (pid \($0.pid))\(machine)" } ?? ""
      guard last.certainty != .unknown else {
        return Chain.Source(
          kind: .unknown, name: address, summary: "\(address)\(device)\(way), \(reached); \(last.reason ?? "unknown")")
      }
      return Chain.Source(kind: .external, name: address, summary: "\(address)\(device)\(way), \(reached)")
    case .tunnel:
      let address = last.address.map(String.init(describing:)) ?? "an unknown address"
      let device = last.tunnel.map { "\($0.type) \($0.interface ?? "device")" } ?? "a tunnel"
      guard let client = last.tunnel?.client else {
        return Chain.Source(
          kind: .unknown, name: address,
          summary:
            "VPN address \(address) behind \(device) on \(host)\(home)\(way); \(last.reason ?? "client unknown")"
        )
      }
      let real = last.tunnel?.realAddress.map { ", from \($0)" } ?? ""
      return Chain.Source(
        kind: .vpnClient, name: client,
        summary: "VPN client \(client) (\(address)\(real)) behind \(device)\(home) on \(host)\(way)")
    default:
      let reason = last.reason ?? "the chain ends at this \(last.kind.rawValue)"
      guard let address = last.address else { return Chain.Source(kind: .unknown, name: "unknown", summary: reason) }
      return Chain.Source(
        kind: .unknown, name: "\(address)", summary: "\(address)\(way), \(reached); \(reason)")
    }
  }

  private func destination(of connection: Connection, _ hops: [Hop], _ isHere: Bool) -> Chain.Destination {
    let isShared = connection.row.role == .shared
    guard !isShared || connection.row.flow.transport != .packet else { return Chain.Destination() }
    // An address that may stand for another one is not shown as the destination.
    var result = Chain.Destination(
      endpoint: connection.responder.isNameOpen || isShared ? nil : connection.responder.flow.destination)
    if isHere, let first = hops.first {
      result.host = first.host ?? inquiry.host
      result.process = first.process
      result.container = first.container
    }
    return result
  }
}

extension Hop {
  mutating func adopt(_ owner: Owner) {
    process = owner.process
    container = owner.container
    unit = owner.unit
    holders = owner.holders
    reason = owner.reason
  }
}
