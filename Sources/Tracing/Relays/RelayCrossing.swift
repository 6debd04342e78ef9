internal import Flows

/// One way through a relay, as a walk found it.
struct RelayCrossing: Hashable {
  let process: Process
  let software: String
  /// Whether it is known to be a relay by its name; any other was seen to be one.
  let isListed: Bool
  /// How a person asks the relay for its sessions.
  let sessionCommand: String?
  /// Whether the answers are those of recorded evidence, so that its processes cannot be looked at.
  let isRecorded: Bool
  /// How a person sees the configuration in recorded evidence.
  let configurationCommand: String?
  /// Of several flows that fit on the open side, one stands for all.
  let link: RelayLink
  /// The side that several flows fit on, seen in the direction of the walk; nil if both are known.
  let open: Walker.Direction?

  /// The part of the walked flow's bytes that went this way, 0 to 1.
  var share: Double
  /// What a program that is no relay did besides, for itself: the way ends at its socket.
  var isOwn = false
  /// Of an open side: the flows that may be it, from initiator to responder; empty if they are too many.
  var alternatives: [Leg] = []
  /// They are all of one client, or lead to one server: which of them it is does not matter.
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
