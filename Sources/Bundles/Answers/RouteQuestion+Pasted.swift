internal import Flows
public import Questions

extension RouteQuestion: PastedQuestion {
  func answer(from bundle: BundleVantage) -> Told<RouteAnswer?>? {
    guard bundle.isPasted else { return nil }
    let captured = bundle.place(place).map { bundle.captured(address, $0) } ?? []
    guard let found = bundle.routes.route(to: address, in: place) else { return Told(nil, evidence: captured) }
    let description = bundle.places.inventory.namespace(place)
    let name = description?.isHost == true ? bundle.host : description?.name ?? "the namespace"
    let device = description?.interface(found.answer.interface)?.name ?? "an interface"
    let detail = "\(address) is reached through \(device) of \(name)"
    let line =
      found.source.map { bundle.cite("route", $0, detail) } ?? Evidence("route", "\(detail), by its network")
    return Told(found.answer, evidence: [line] + captured)
  }
}
