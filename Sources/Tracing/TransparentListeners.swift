internal import Flows
internal import Questions

/// The connections that transparent proxies accepted (TPROXY).
///
/// Their own end is the server's address and port, so no tuple shows the port that the proxy listens on. Their process does:
/// it has a transparent listener there, and an end with an address that its namespace does not have.
struct TransparentListeners {
  private let inquiry: Inquiry
  private let places: [Place: NamespaceDescription]

  init(_ inquiry: Inquiry, _ inventory: Inventory) {
    self.inquiry = inquiry
    places = Dictionary(inventory.namespaces.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The rows that listeners on the target's port accepted, and what was concluded; nothing for targets without a port.
  ///
  /// - Throws: if the trace can't continue because the first host has ended the conversation; `CancellationError`.
  func rows(of target: Target, among rows: [FlowTraffic]) async throws -> (rows: [FlowTraffic], notes: [String]) {
    let port: UInt16
    let address: IPAddress?
    switch target.plain {
    case .port(let number): (port, address) = (number, nil)
    case .endpoint(let endpoint): (port, address) = (endpoint.port, endpoint.address)
    default: return ([], [])
    }
    let candidates = rows.filter {
      target.isOn(host: $0.namespace.host) && isForeign($0) && $0.flow.source.port != port
    }
    guard port != 0, !candidates.isEmpty, let listed = try await inquiry.ask(SocketsQuestion()).told?.value else {
      return ([], [])
    }
    let listeners = listed.filter { $0.transport == .tcp && $0.state == "listening" && $0.isTransparent != false }
    var found: [FlowTraffic] = []
    var notes: Set<String> = []
    for row in candidates {
      let own = listeners.filter { $0.namespace == row.namespace && isOne($0.owner, row.owner) }
      let asked = own.filter {
        $0.local.port == port && (address.map { [$0, .anyV4, .anyV6].contains } ?? { _ in true })($0.local.address)
      }
      guard !asked.isEmpty else { continue }
      found.append(row)
      let name = row.owner.process?.name ?? "a process"
      let others = Set(own.map(\.local.port)).subtracting([port]).sorted()
      notes.insert(
        "\(name) listens on :\(port) for connections to addresses of others (transparent proxy): those that it accepted are shown"
          + (others.isEmpty
            ? "" : ", also if they came by its other such ports (\(others.map(String.init).joined(separator: ", ")))"))
    }
    return (found, notes.sorted())
  }

  /// Whether a process accepted it at an address that its namespace does not have.
  private func isForeign(_ row: FlowTraffic) -> Bool {
    guard row.flow.transport == .tcp, row.role == .responder, row.owner.process != nil,
      let place = places[row.namespace]
    else { return false }
    return !row.flow.source.address.isLoopback && !place.owns(row.flow.source.address)
  }

  /// Workers of one program share its listeners.
  private func isOne(_ holder: Owner, _ user: Owner) -> Bool {
    guard let one = holder.process, let other = user.process else { return false }
    return one.pid == other.pid || (one.name == other.name && holder.container?.id == user.container?.id)
  }
}
