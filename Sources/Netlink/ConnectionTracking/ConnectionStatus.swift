/// The state bits of a tracked connection (`enum ip_conntrack_status` of `<linux/netfilter/nf_conntrack_common.h>`).
public struct ConnectionStatus: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// A helper expected it, such as FTP's data connection.
  public static let expected = ConnectionStatus(rawValue: 1 << 0)
  /// Packets went both ways; without it `conntrack` prints `[UNREPLIED]`.
  public static let seenReply = ConnectionStatus(rawValue: 1 << 1)
  /// Not dropped early when the table is full.
  public static let assured = ConnectionStatus(rawValue: 1 << 2)
  public static let confirmed = ConnectionStatus(rawValue: 1 << 3)
  /// The source is translated in the original direction.
  public static let sourceTranslated = ConnectionStatus(rawValue: 1 << 4)
  /// The destination is translated in the original direction.
  public static let destinationTranslated = ConnectionStatus(rawValue: 1 << 5)
  public static let dying = ConnectionStatus(rawValue: 1 << 9)
  public static let template = ConnectionStatus(rawValue: 1 << 11)
  /// A flow table forwards it: packets bypass the rules, and counters may lag behind.
  public static let offloaded = ConnectionStatus(rawValue: 1 << 14)
  public static let hardwareOffloaded = ConnectionStatus(rawValue: 1 << 15)
}

/// The TCP state that connection tracking keeps (`enum tcp_conntrack` of `<linux/netfilter/nf_conntrack_tcp.h>`).
public struct ConnectionTCPState: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let none = ConnectionTCPState(rawValue: 0)
  public static let synSent = ConnectionTCPState(rawValue: 1)
  public static let synReceived = ConnectionTCPState(rawValue: 2)
  public static let established = ConnectionTCPState(rawValue: 3)
  public static let finWait = ConnectionTCPState(rawValue: 4)
  public static let closeWait = ConnectionTCPState(rawValue: 5)
  public static let lastAcknowledgement = ConnectionTCPState(rawValue: 6)
  public static let timeWait = ConnectionTCPState(rawValue: 7)
  public static let close = ConnectionTCPState(rawValue: 8)
  public static let synSent2 = ConnectionTCPState(rawValue: 9)

  private static let names = [
    "NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE",
    "SYN_SENT2",
  ]

  /// The state's name as `conntrack -L` prints it.
  public var description: String {
    Int(rawValue) < Self.names.count ? Self.names[Int(rawValue)] : "STATE_\(rawValue)"
  }
}
