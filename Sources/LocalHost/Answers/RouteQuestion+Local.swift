public import Questions
internal import Flows
internal import Netlink

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
      guard let neighbour = try routing.neighbour(of: address) else { return Told(nil) }
      let answer = NeighbourAnswer(
        interface: neighbour.interfaceIndex, hardwareAddress: LocalNamespaces.text(neighbour.hardwareAddress))
      let evidence = Evidence(
        "neighbour", "\(address) has hardware address \(answer.hardwareAddress)",
        command: state.command(in: place, "ip neighbour show \(address)"))
      return Told(answer, evidence: [evidence])
    }
  }
}
