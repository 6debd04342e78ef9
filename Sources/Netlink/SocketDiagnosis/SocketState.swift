/// A socket's state by the kernel's number (`TCP_ESTABLISHED`, … in `<net/tcp_states.h>`); numbers unknown here are kept.
///
/// Other protocols use the same numbers: a connected UDP socket is `established`, any other one `close`.
public struct SocketState: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let established = SocketState(rawValue: 1)
  public static let synSent = SocketState(rawValue: 2)
  public static let synReceived = SocketState(rawValue: 3)
  public static let finWait1 = SocketState(rawValue: 4)
  public static let finWait2 = SocketState(rawValue: 5)
  public static let timeWait = SocketState(rawValue: 6)
  public static let close = SocketState(rawValue: 7)
  public static let closeWait = SocketState(rawValue: 8)
  public static let lastAcknowledgement = SocketState(rawValue: 9)
  public static let listen = SocketState(rawValue: 10)
  public static let closing = SocketState(rawValue: 11)
  public static let newSynReceived = SocketState(rawValue: 12)
  public static let boundInactive = SocketState(rawValue: 13)

  private static let names: [SocketState: String] = [
    .established: "established", .synSent: "syn-sent", .synReceived: "syn-received", .finWait1: "fin-wait-1",
    .finWait2: "fin-wait-2", .timeWait: "time-wait", .close: "closed", .closeWait: "close-wait",
    .lastAcknowledgement: "last-ack", .listen: "listening", .closing: "closing", .newSynReceived: "syn-received",
    .boundInactive: "bound",
  ]

  public var description: String { Self.names[self] ?? "state-\(rawValue)" }
}

/// A set of socket states.
public struct SocketStates: OptionSet, Hashable, Sendable {
  /// The bit of a state's number is set for each state in the set.
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// A set with one state; states beyond 31 have no bit.
  public init(_ state: SocketState) { rawValue = state.rawValue < 32 ? 1 << UInt32(state.rawValue) : 0 }

  public static let all = SocketStates(rawValue: .max)
  public static let established = SocketStates(.established)
  public static let listening = SocketStates(.listen)
  /// Every state except listening and the states without a socket (time-wait, syn-received).
  public static let connected: SocketStates = all.subtracting([
    .listening, SocketStates(.close), SocketStates(.timeWait), SocketStates(.newSynReceived),
    SocketStates(.boundInactive),
  ])

  public func contains(_ state: SocketState) -> Bool { !isDisjoint(with: SocketStates(state)) }
}
