internal import Flows
internal import Questions

/// One thing that a walk from leg to leg passes.
enum Step: Hashable {
  /// NAT: `original` on the initiator's side, `translated` on the responder's.
  case nat(Place, original: Flow, translated: Flow, StepEvidence)
  /// The walk entered or left a container's namespace.
  case container(Place)
  /// The walk entered or left another host. The reason says why nothing is known of the flow there; nil if something
  /// is.
  case host(Place, reason: String?, publicAddress: IPAddress?, StepEvidence)
  /// The walk entered or left another named namespace.
  case namespace(Place)
  /// The end of the walk: this end of the flow is a socket here. The flow runs from initiator to responder.
  case socket(Place, Flow, Walker.Direction)
  /// A process that answers one flow by opening another.
  case relay(Place, RelayCrossing)
  /// An address of a CDN; the same site is asked for at the given place.
  case edge(Place, EdgeCrossing)
  /// The address lies behind a VPN's device.
  case tunnel(Place, IPAddress, TunnelAnswer, StepEvidence)
  /// The end lies behind this interface, off this host. The doubt says why it may be a known host's address: that host
  /// did not answer.
  case external(Place, IPAddress, interface: UInt32?, doubt: String?, StepEvidence)
  case unknown(Place, Flow, reason: String)

  var place: Place {
    switch self {
    case .nat(let place, _, _, _), .container(let place), .namespace(let place), .host(let place, _, _, _),
      .socket(let place, _, _), .relay(let place, _), .edge(let place, _), .tunnel(let place, _, _, _),
      .external(let place, _, _, _, _), .unknown(let place, _, _):
      place
    }
  }

  var isBoundary: Bool {
    switch self {
    case .container, .namespace, .host: true
    case .nat, .socket, .relay, .edge, .tunnel, .external, .unknown: false
    }
  }
}

/// The evidence of a step. It does not count in comparisons: two walks that passed the same have equal steps, whatever
/// the evidence.
struct StepEvidence: Hashable {
  let list: [Evidence]

  init(_ list: [Evidence] = []) { self.list = list }

  static func == (one: StepEvidence, other: StepEvidence) -> Bool { true }
  func hash(into hasher: inout Hasher) {}
}
