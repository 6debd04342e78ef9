internal import Flows
internal import Questions

/// One thing that a walk from leg to leg passes.
enum Step: Hashable {
  /// The flow was translated here: `original` on the initiator's side, `translated` on the responder's.
  case nat(Place, original: Flow, translated: Flow, StepEvidence)
  /// A container's namespace was entered or left.
  case container(Place)
  /// Another host was entered or left; a reason says why nothing is known of the flow there.
  case host(Place, reason: String?, publicAddress: IPAddress?, StepEvidence)
  /// Another named namespace was entered or left.
  case namespace(Place)
  /// The walk's end: this end of the flow is a socket here. The flow runs from initiator to responder.
  case socket(Place, Flow, Walker.Direction)
  /// A process answers one flow by another.
  case relay(Place, RelayCrossing)
  /// A CDN's address: the same site is asked for at the place given.
  case edge(Place, EdgeCrossing)
  /// The address lies behind a VPN's device.
  case tunnel(Place, IPAddress, TunnelAnswer, StepEvidence)
  /// The end lies behind this interface, off this host. A doubt says why it may be more than an address: the known host
  /// that has it did not tell.
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

/// What shows a step. Two walks that pass the same have passed the same, whatever showed it to each.
struct StepEvidence: Hashable {
  let list: [Evidence]

  init(_ list: [Evidence] = []) { self.list = list }

  static func == (one: StepEvidence, other: StepEvidence) -> Bool { true }
  func hash(into hasher: inout Hasher) {}
}
