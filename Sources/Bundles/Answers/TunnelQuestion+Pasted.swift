internal import Flows
public import Questions

extension TunnelQuestion: PastedQuestion {
  func answer(from bundle: BundleVantage) -> Told<TunnelAnswer?>? {
    guard bundle.isPasted, let device = bundle.places.inventory.namespace(place)?.interface(interface) else {
      return nil
    }
    let tunnels = BundleTunnels(evidence: bundle.evidence, places: bundle.places, files: bundle.files)
    guard let answer = tunnels.answer(address, device, at: place) else { return Told(nil) }
    return Told(answer, evidence: answer.evidence)
  }
}
