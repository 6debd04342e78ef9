internal import Flows
internal import Netlink
public import Questions

extension RouteQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<RouteAnswer?> {
    try host.withState { state in
      let routing = Routing(try state.namespaces.sockets(of: place))
      let route: Route
      do throws(NetlinkError) { route = try routing.route(to: address) } catch {
        guard error.code == .notFound else { throw error }
        return Told(nil)
      }
      guard let interface = route.outputInterface else { return Told(nil) }
      let answer = RouteAnswer(interface: interface, gateway: route.gateway, isLocal: route.kind == .local)
      let description = state.namespaces.description(place)
      let device = description?.interface(interface)?.name ?? "interface \(interface)"
      let title = description?.isHost == true ? host.host : description?.name ?? "namespace \(place.namespace)"
      let evidence = Evidence(
        "route", "\(address) is reached through \(device) of \(title)",
        command: state.command(in: place, "ip route get \(address)"))
      return Told(answer, evidence: [evidence])
    }
  }
}

extension NeighbourQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<NeighbourAnswer?> {
    try host.withState { state in
      let routing = Routing(try state.namespaces.sockets(of: place))
      // A neighbour that has not answered yet has no address.
      guard let neighbour = try routing.neighbour(of: address), !neighbour.hardwareAddress.isEmpty else {
        return Told(nil)
      }
      var answer = NeighbourAnswer(
        interface: neighbour.interfaceIndex, hardwareAddress: LocalNamespaces.text(neighbour.hardwareAddress))
      var evidence = [
        Evidence(
          "neighbour", "\(address) has hardware address \(answer.hardwareAddress)",
          command: state.command(in: place, "ip neighbour show \(address)"))
      ]
      let description = state.namespaces.description(place)
      if let bridge = description?.interface(answer.interface), bridge.kind == .bridge,
        let port = try routing.port(of: bridge.index, toward: neighbour.hardwareAddress)
      {
        answer.port = port
        let name = description?.interface(port)?.name ?? "\(port)"
        evidence.append(
          Evidence(
            "bridge", "\(answer.hardwareAddress) is behind port \(name) of \(bridge.name)",
            command: state.command(in: place, "bridge fdb get \(answer.hardwareAddress) br \(bridge.name)")))
      }
      return Told(answer, evidence: evidence)
    }
  }
}
