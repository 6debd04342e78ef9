internal import Documents
internal import Flows
internal import LinuxSystem
internal import Questions

extension QuietReport {
  /// What the first host of `vantage` has.
  init(_ vantage: any Vantage, _ inventory: Inventory) async {
    let namespaces = inventory.namespaces.filter { $0.id.host == 0 }
    let interfaces = namespaces.filter(\.isHost).flatMap(\.interfaces).filter(\.isUp)
    self.init(
      watched: interfaces.map(\.name), namespaces: namespaces.filter { !$0.isHost && $0.reason == nil }.map(\.name))
    do {
      // Where the file may not be read, what it says is not known.
      let text = try Descriptor(reading: "/proc/net/dev").readToEnd(limit: 1 << 20)
      busiest = InterfaceTotal.busiest(in: String(decoding: text, as: UTF8.self))
      let sockets = try await vantage.sockets()
      var seen: Set<Listener> = []
      listeners = sockets.filter(\.isOpenToOthers).map {
        Listener(transport: $0.transport, endpoint: $0.local, process: $0.owner.process)
      }.filter { seen.insert($0).inserted }.sorted { ($0.endpoint.port, "\($0)") < ($1.endpoint.port, "\($1)") }
    } catch {
      reason = "who listens here is not known: \(error)"
    }
  }
}

extension SocketListing {
  /// Whether it waits at the first host for connections or datagrams which other hosts may send.
  fileprivate var isOpenToOthers: Bool {
    guard namespace.host == 0, namespaceName == "host", remote.address.isUnspecified, remote.port == 0 else {
      return false
    }
    guard state == "listening" || transport == .udp, local.port > 0 else { return false }
    return ![.loopback, .multicast].contains(local.address.scope)
  }
}
