internal import Flows
internal import Questions

/// Finds VPNs' own flows among the traffic of a trace, so that the bytes of the flows inside them are not counted
/// twice.
struct CarrierIndex {
  /// The carriers of flows in this trace.
  let list: [Carrier]
  private let known: [Leg: Carrier]
  private let rows: RowIndex

  /// Finds the carriers among `rows`, for the traffic of `connections`.
  init(rows: RowIndex, inventory: Inventory, connections: [Connection]) {
    self.rows = rows
    var found: [Leg: Carrier] = [:]
    var order: [Leg] = []
    func add(_ row: FlowTraffic, client: String?, carried: UInt64?) {
      let key = Leg(row.flow.unordered, at: row.namespace)
      if found[key] == nil {
        order.append(key)
        found[key] = Carrier(
          host: inventory.host(of: row.namespace), flow: row.fromInitiator, bytes: row.traffic.bytes,
          process: row.owner.process, client: client, carried: carried == nil ? nil : 0)
      }
      found[key]?.carried? += carried ?? 0
    }
    let devices = Devices(inventory)
    /// A VPN program that does not report its peers, with the connections of this trace that its device carried.
    struct Untold {
      var rows: [FlowTraffic]
      var carried: [Int: UInt64] = [:]
    }
    var untold: [ProcessID: Untold] = [:]
    func note(_ pid: Int32, except device: String?, at place: Place, _ number: Int, _ bytes: UInt64) {
      let id = ProcessID(host: place.host, pid: pid)
      if untold[id] == nil { untold[id] = Untold(rows: Self.carriers(of: pid, except: device, at: place, rows)) }
      untold[id]?.carried[number] = bytes
    }
    for (number, connection) in connections.enumerated() {
      let isTold = connection.steps.contains { step in
        if case .tunnel(_, _, let answer, _) = step { answer.carrier != nil } else { false }
      }
      // On the VPN's server the device's client determines the flow; on a client there is only one server.
      for step in connection.steps {
        switch step {
        case .tunnel(let place, _, let answer, _):
          for row in Self.carriers(of: answer, at: place, rows) {
            add(row, client: answer.tunnel.client, carried: connection.bytes)
          }
          if answer.carrier == nil, answer.tunnel.client == nil, let pid = answer.owner.process?.pid {
            note(pid, except: answer.tunnel.interface, at: place, number, connection.bytes)
          }
        case .socket(let place, let flow, let end):
          let own = end == .towardInitiator ? flow : flow.reversed
          guard let row = rows.socket(own, in: place), let interface = row.interface,
            let pid = devices.holder(of: InterfacePlace(interface, in: place))
          else { continue }
          let outward = rows.sockets(of: pid, onHostOf: place).filter {
            Self.mayCarry($0.flow) && $0.role != .responder
          }
          if outward.count == 1 {
            add(outward[0], client: nil, carried: connection.bytes)
          } else if !isTold {
            note(pid, except: interface, at: place, number, connection.bytes)
          }
        default: continue
        }
      }
      // A tap device behind a bridge is no hop of its own.
      guard !isTold else { continue }
      for lower in connection.row.below ?? [] {
        guard let pid = devices.holder(of: lower) else { continue }
        note(pid, except: lower.interface, at: lower.namespace, number, connection.bytes)
      }
    }
    // Everything that such a program sends and receives outside is carried by its device, if most of it was carried in
    // this trace. A proxy with a device also has TCP connections of its own.
    for (_, program) in untold.sorted(by: { ($0.key.host, $0.key.pid) < ($1.key.host, $1.key.pid) }) {
      let tcp = program.rows.filter { $0.flow.transport == .tcp }
      let isProxy = tcp.contains { $0.role == .responder } && tcp.contains { $0.role == .initiator }
      let own = isProxy ? program.rows.filter { $0.flow.transport != .tcp } : program.rows
      let carried = program.carried.values.reduce(0, +)
      guard carried >= own.reduce(0, { $0 + $1.traffic.bytes }) / 2 else { continue }
      // One that a socket's own device led to has its bytes already.
      for row in own where found[Leg(row.flow.unordered, at: row.namespace)] == nil {
        add(row, client: nil, carried: own.count == 1 ? carried : nil)
      }
    }
    known = found
    list = order.compactMap { found[$0] }.sorted { $0.bytes > $1.bytes }
  }

  /// The carrier of the traffic of the client in `answer`; nil if it was not seen.
  func carrier(of answer: TunnelAnswer, at place: Place) -> Carrier? {
    let carriers = Self.carriers(of: answer, at: place, rows)
    guard let first = carriers.first else { return nil }
    var carrier = known[Leg(first.flow.unordered, at: first.namespace)]
    carrier?.bytes = carriers.reduce(0) { $0 + $1.traffic.bytes }
    return carrier
  }

  /// Whether the connection is itself a carrier of other connections in this trace.
  func isCarrier(_ connection: Connection) -> Bool {
    !known.isEmpty
      && connection.steps.contains { step in
        guard case .socket(let place, let flow, _) = step else { return false }
        return known[Leg(flow.unordered, at: place)] != nil
      }
  }

  /// Tunnel devices, and the processes that hold them open.
  struct Devices {
    struct Device: Hashable {
      let place: Place
      let name: String
      let index: UInt32
    }
    private var holders: [InterfacePlace: Int32] = [:]
    private var held: [ProcessID: [Device]] = [:]
    private var kernels: [Place: [Device]] = [:]

    init(_ inventory: Inventory) {
      for place in inventory.namespaces {
        for interface in place.interfaces {
          let device = Device(place: place.id, name: interface.name, index: interface.index)
          if interface.kind == .wireguard { kernels[place.id, default: []].append(device) }
          guard interface.kind == .tun, interface.deviceOwner?.machine == nil,
            let pid = interface.deviceOwner?.process?.pid
          else { continue }
          holders[InterfacePlace(interface.name, in: place.id)] = pid
          held[ProcessID(host: place.id.host, pid: pid), default: []].append(device)
        }
      }
    }

    func holder(of device: InterfacePlace) -> Int32? { holders[device] }

    /// The devices that `owner`, whose sockets are at `place`, holds open.
    func held(by owner: Owner, onHostOf place: Place) -> [Device] {
      if owner.isKernel == true { return kernels[place] ?? [] }
      return owner.process.flatMap { held[$0.id(onHostOf: place)] } ?? []
    }
  }

  /// Whether the flow is of a kind that carries others' bytes in order, loopback among them.
  static func isStream(_ flow: Flow) -> Bool { flow.transport == .tcp || flow.transport == .udp }

  /// - Parameter flow: the flow from the owner's endpoint to the remote.
  static func mayCarry(_ flow: Flow) -> Bool {
    (flow.transport == .udp || flow.transport == .tcp) && !flow.destination.address.isLoopback
      && !flow.destination.address.isUnspecified
  }

  /// The traffic of process `pid` outside the device that it holds.
  static func carriers(of pid: Int32, except device: String?, at place: Place, _ rows: RowIndex) -> [FlowTraffic] {
    rows.sockets(of: pid, onHostOf: place).filter { mayCarry($0.flow) && (device == nil || $0.interface != device) }
  }

  /// The rows of the VPN's own flow, from its owner's sockets to the client's real address.
  private static func carriers(of answer: TunnelAnswer, at place: Place, _ rows: RowIndex) -> [FlowTraffic] {
    guard let flow = answer.carrier else { return [] }
    let own =
      answer.owner.process.map { rows.sockets(of: $0, onHostOf: place) } ?? rows.kernelSockets(onHostOf: place)
    let (near, far) = answer.isClient ? (flow.source, flow.destination) : (flow.destination, flow.source)
    let fitting = own.filter { row in
      mayCarry(row.flow) && row.flow.destination.address == far.address
        && (far.port == 0 || row.flow.destination.port == far.port)
        && (near.port == 0 || row.flow.source.port == near.port)
    }
    // Without a port, two clients behind one address can't be distinguished.
    return far.port == 0 && fitting.count > 1 && answer.hasOneClient != true ? [] : fitting
  }
}
