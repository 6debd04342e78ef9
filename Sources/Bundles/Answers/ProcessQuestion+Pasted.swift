internal import Flows
public import Questions

// A bundle has some of the host's processes; what it lacks may have been there.

extension ProcessQuestion: PastedQuestion {
  func answer(from bundle: BundleVantage) -> Told<Process?>? { bundle.process(id.pid).map { Told($0) } }
}

extension OwnerQuestion: PastedQuestion {
  func answer(from bundle: BundleVantage) -> Told<Owner?>? { bundle.owner(id.pid).map { Told($0) } }
}
