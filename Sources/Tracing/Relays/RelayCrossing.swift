internal import Flows

/// One way through a relay, as a walk found it.
struct RelayCrossing: Hashable {
  let process: Process
  let software: String
  /// Whether its program is known to be a relay by its name; any other program was observed to relay.
  let isListed: Bool
  /// The command with which a person asks the relay for its sessions.
  let sessionCommand: String?
  /// Whether the answers come from recorded evidence, so that the processes can't be examined.
  let isRecorded: Bool
  /// The command with which a person sees the configuration in recorded evidence.
  let configurationCommand: String?
  /// The pair. If several flows fit on the open side, one of them represents all.
  var link: RelayLink
  /// The side on which several flows fit, in the direction of the walk; nil if both sides are known.
  let open: Walker.Direction?

  /// The part of the walked flow's bytes that went this way, 0 to 1.
  var share: Double
  /// True for what a program that is no relay did for itself: the way ends at its socket.
  var isOwn = false
  /// How the client's connection leads to the process if another program accepted it; nil for its own.
  var way: String?
  /// For an open side: the flows that fit, from initiator to responder; empty if there are too many.
  var alternatives: [Leg] = []
  /// Whether all alternatives belong to one client, or lead to one server, so that the choice does not matter.
  var haveOneEnd = false

  func hash(into hasher: inout Hasher) {
    hasher.combine(process.pid)
    hasher.combine(link.inbound)
    hasher.combine(link.outbound)
  }

  /// The flow on the other side, from initiator to responder; nil if several fit.
  func next(_ direction: Walker.Direction) -> Flow? {
    guard open == nil else { return nil }
    return direction == .towardInitiator ? link.inbound : link.outbound
  }
}
