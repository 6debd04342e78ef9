internal import Flows

/// Decides for the packets of one namespace whether they belong to a socket, were forwarded, or neither.
struct PacketSorter {
  let namespace: Place
  let network: LocalNetwork
  let sockets: DatagramSockets
  /// Connections of local TCP sockets, from their local end; they are counted elsewhere.
  let connections: Set<Flow>

  private struct Row {
    var socket: DatagramSockets.Socket
    var traffic = Traffic()
    /// The interfaces with the most bytes so far.
    var inward: (interface: UInt32, bytes: UInt64) = (0, 0)
    var outward: (interface: UInt32, bytes: UInt64) = (0, 0)
  }

  /// The interface on which packets with this transport and these ends came in; with only one end for translated flows.
  private struct Entry: Hashable {
    var transport: Transport
    var source: Endpoint?
    var destination: Endpoint?
  }

  init(_ namespace: Place, _ network: LocalNetwork, _ sockets: DatagramSockets, _ connections: Set<Flow>) {
    self.namespace = namespace
    self.network = network
    self.sockets = sockets
    self.connections = connections
  }

  func sort(_ accounts: PacketAccounts, into reading: inout MeterReading) {
    var rows: [Flow: Row] = [:]
    let entries = entries(accounts)
    for (passage, amount) in accounts.passages {
      if passage.isOutgoing {
        sortOutgoing(passage, amount, entries, &rows, into: &reading)
      } else {
        sortIncoming(passage, amount, &rows, into: &reading)
      }
    }
    for (flow, row) in rows { reading.sockets.append(traffic(flow, row)) }
    for (wire, amount) in accounts.nonIP {
      reading.leftovers.append(leftover(.nonIP, wire.interface, isOutward: wire.isOutgoing, amount))
    }
  }

  /// Packets that came in and don't end here, or only seem to, by the ends that a translation leaves unchanged.
  private func entries(_ accounts: PacketAccounts) -> [Entry: UInt32] {
    var entries: [Entry: UInt32] = [:]
    for passage in accounts.passages.keys where !passage.isOutgoing && !network.has(passage.flow.source.address) {
      let (transport, source, destination) = (passage.flow.transport, passage.flow.source, passage.flow.destination)
      entries[Entry(transport: transport, source: source, destination: destination)] = passage.interface
      entries[Entry(transport: transport, source: source)] = passage.interface
      if !network.takes(destination.address) || transport.hasPorts {
        entries[Entry(transport: transport, destination: destination)] = passage.interface
      }
    }
    return entries
  }

  private func sortOutgoing(
    _ passage: PacketAccounts.Passage, _ amount: PacketAccounts.Amount, _ entries: [Entry: UInt32],
    _ rows: inout [Flow: Row],
    into reading: inout MeterReading
  ) {
    let flow = passage.flow
    let isOwn = network.has(flow.source.address) || flow.source.address.isUnspecified
    if isOwn {
      if connections.contains(flow) { return }
      if flow.transport != .tcp, let socket = sockets.find(flow.transport, local: flow.source, remote: flow.destination)
      {
        var row = rows[flow] ?? Row(socket: socket)
        row.traffic.bytesOut &+= amount.bytes
        row.traffic.packetsOut &+= amount.packets
        if amount.bytes > row.outward.bytes { row.outward = (passage.interface, amount.bytes) }
        rows[flow] = row
        return
      }
    }
    let bySource = entries[Entry(transport: flow.transport, source: flow.source)]
    let byDestination = entries[Entry(transport: flow.transport, destination: flow.destination)]
    let entry = entries[Entry(transport: flow.transport, source: flow.source, destination: flow.destination)]
    if !isOwn || byDestination != nil {
      reading.forwarded.append(
        ForwardedTraffic(
          namespace: namespace, inInterface: entry ?? bySource ?? byDestination ?? 0, outInterface: passage.interface,
          flow: flow, bytes: amount.bytes, packets: amount.packets, surplusBytes: 0, surplusPackets: 0))
    } else if flow.transport != .tcp {
      reading.leftovers.append(leftover(.kernel, passage.interface, isOutward: true, amount))
    }
  }

  private func sortIncoming(
    _ passage: PacketAccounts.Passage, _ amount: PacketAccounts.Amount, _ rows: inout [Flow: Row],
    into reading: inout MeterReading
  ) {
    let transport = passage.flow.transport
    guard transport != .tcp, network.takes(passage.flow.destination.address) else { return }
    var flow = passage.flow.reversed
    if transport == .icmp || transport == .icmp6 {
      reading.leftovers.append(leftover(.icmp, passage.interface, isOutward: false, amount))
      // The echo identifier belongs to the local end.
      (flow.source.port, flow.destination.port) = (passage.flow.source.port, 0)
    }
    guard let socket = sockets.find(transport, local: flow.source, remote: flow.destination) else { return }
    var row = rows[flow] ?? Row(socket: socket)
    row.traffic.bytesIn &+= amount.bytes
    row.traffic.packetsIn &+= amount.packets
    if amount.bytes > row.inward.bytes { row.inward = (passage.interface, amount.bytes) }
    rows[flow] = row
  }

  private func traffic(_ flow: Flow, _ row: Row) -> SocketTraffic {
    SocketTraffic(
      cookie: row.socket.cookie, namespace: namespace, transport: flow.transport, local: flow.source,
      remote: flow.destination, role: .peer, holder: row.socket.holder, traffic: row.traffic, surplus: Traffic(),
      payloadIn: nil, payloadOut: nil, inInterface: row.inward.interface, outInterface: row.outward.interface,
      closed: row.socket.closed, isSeeded: row.socket.inode != 0)
  }

  private func leftover(
    _ kind: LeftoverTraffic.Kind, _ interface: UInt32, isOutward: Bool, _ amount: PacketAccounts.Amount
  ) -> LeftoverTraffic {
    LeftoverTraffic(
      namespace: namespace, interface: interface, kind: kind, isOutward: isOutward, bytes: amount.bytes,
      packets: amount.packets)
  }
}
