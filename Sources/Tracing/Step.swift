internal import Flows

/// One thing that a walk from leg to leg passes.
enum Step: Hashable {
  /// The flow was translated here: `original` on the initiator's side, `translated` on the responder's.
  case nat(NamespaceID, original: Flow, translated: Flow)
  /// A container's namespace was entered or left.
  case container(NamespaceID)
  /// Another named namespace was entered or left.
  case namespace(NamespaceID)
  /// The walk's end: this end of the flow is a socket here. The flow runs from initiator to responder.
  case socket(NamespaceID, Flow, Walker.Direction)
  /// A process answers `inbound` by opening `outbound`; of several that fit, one stands for all.
  case relay(NamespaceID, inbound: Flow, outbound: Flow, RelayMatch)
  /// The end lies behind this interface, off this host.
  case external(NamespaceID, IPAddress, interface: UInt32?)
  case unknown(NamespaceID, Flow, reason: String)

  var isBoundary: Bool {
    switch self {
    case .container, .namespace: true
    case .nat, .socket, .relay, .external, .unknown: false
    }
  }
}

/// How the two sides of a relay were found to belong together.
enum RelayMatch: Hashable {
  /// What one received is what the other sent, both ways, and no other flow of the relay fits.
  case mirrored
  /// The relay has no other flow, but the bytes do not show that it is the one.
  case only
  /// So many flows on the side that `Walker.Direction` leads to.
  case several(Int, Walker.Direction)

  var isUnique: Bool { if case .several = self { false } else { true } }

  var method: String {
    switch self {
    case .mirrored: "mirrored bytes"
    case .only: "the only other flow of this docker-proxy"
    case .several: "several flows fit"
    }
  }
}
