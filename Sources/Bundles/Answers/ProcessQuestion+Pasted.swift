internal import Flows
public import Questions

extension ProcessQuestion: PastedQuestion {
  func answer(from bundle: BundleVantage) -> Told<Process?>? { Told(bundle.process(id.pid)) }
}

extension OwnerQuestion: PastedQuestion {
  func answer(from bundle: BundleVantage) -> Told<Owner?>? { Told(bundle.owner(id.pid)) }
}
