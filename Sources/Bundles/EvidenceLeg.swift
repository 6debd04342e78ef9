internal import Flows

/// A flow as it appears at one place of a bundle.
struct EvidenceLeg: Hashable {
  let place: EvidencePlace
  let flow: Flow
}
