public import Flows

/// A socket in the output of `ss`, `netstat` or `lsof`.
public struct ListedSocket: Hashable, Sendable {
  public struct Holder: Hashable, Sendable {
    public var name: String
    public var pid: Int32
    /// The account; only lsof prints it.
    public var user: String?
    /// The file descriptor's number; ss prints it.
    public var descriptor: Int32?

    /// The name in place of one that a listing does not have.
    static let unnamed = "process"

    init(name: String, pid: Int32, user: String? = nil, descriptor: Int32? = nil) {
      self.name = name
      self.pid = pid
      self.user = user
      self.descriptor = descriptor
    }
  }

  public var transport: Transport
  /// The state in the kernel's words: `established`, `listening`, `time-wait`, `closed` (a UDP socket without a remote
  /// end), …
  public var state: String
  /// The local end; the address `::` for a socket of both families with any address.
  public var local: Endpoint
  /// The remote end; port 0 if there is none.
  public var remote: Endpoint
  public var holders: [Holder] = []
  public var uid: UInt32?
  public var inode: UInt64?
  public var cgroup: String?
  /// Application bytes since the connection began (`tcp_info`), from `ss -i`; nil without it.
  public var received: UInt64?
  public var acknowledged: UInt64?
  /// Milliseconds since data was last sent, and since it last arrived, from `ss -i`; nil without it.
  public var lastSent: UInt64?
  public var lastReceived: UInt64?
  public var receiveQueue: UInt32 = 0
  public var sendQueue: UInt32 = 0
  /// The name of its program, if its pid is not told.
  public var program: String?
  /// What shows the processes of its system; nil for Linux, where ss does.
  public var tool: String?
  /// The number of the first line of its listing, and the command that printed it: two listings of the same command
  /// are two readings.
  var reading = 0
  var listing = ""
  /// Whether its line ends inside the description of the process.
  public var isCut = false
  /// The line's number.
  public var line: Int

  init(_ transport: Transport, state: String, local: Endpoint, remote: Endpoint, line: Int) {
    self.transport = transport
    self.state = state
    self.local = local
    self.remote = remote
    self.line = line
  }

  public var isListening: Bool { state == "listening" || (state == "closed" && remote.port == 0) }
  /// Whether it has one remote end.
  public var isConnected: Bool { remote.port != 0 && !remote.address.isUnspecified && state != "listening" }
  /// The flow from its own end to the remote.
  public var flow: Flow { Flow(transport, from: local, to: remote) }

  /// The kernel's word for a state as spelled by ss (`ESTAB`, `SYN-RECV`), netstat (`ESTABLISHED`, `SYN_RECV`) and
  /// lsof; nil for anything else.
  static func state(_ word: some StringProtocol) -> String? {
    states[word.uppercased().replacing("_", with: "-")]
  }

  private static let states: [String: String] = [
    "ESTAB": "established", "ESTABLISHED": "established", "LISTEN": "listening", "UNCONN": "closed", "CLOSE": "closed",
    "CLOSED": "closed", "SYN-SENT": "syn-sent", "SYN-RECV": "syn-received", "SYN-RECEIVED": "syn-received",
    "FIN-WAIT-1": "fin-wait-1", "FIN-WAIT1": "fin-wait-1", "FIN-WAIT-2": "fin-wait-2", "FIN-WAIT2": "fin-wait-2",
    "TIME-WAIT": "time-wait", "CLOSE-WAIT": "close-wait", "LAST-ACK": "last-ack", "CLOSING": "closing",
    "NEW-SYN-RECV": "syn-received",
    // Windows in German.
    "HERGESTELLT": "established", "WARTEND": "time-wait", "SCHLIESSEN-WARTEN": "close-wait",
    "ABHÖREN": "listening", "SYN-GESENDET": "syn-sent", "SYN-EMPFANGEN": "syn-received",
    "FIN-WARTEN-1": "fin-wait-1", "FIN-WARTEN-2": "fin-wait-2", "LETZTE-BESTÄTIGUNG": "last-ack",
    "LETZTES-ACK": "last-ack", "WIRD-GESCHLOSSEN": "closing",
  ]

  static func transport(_ word: some StringProtocol) -> Transport? {
    switch word {
    case "tcp", "tcp4", "tcp6", "mptcp", "TCP": .tcp
    case "udp", "udp4", "udp6", "UDP": .udp
    case "udplite", "udplite6", "udpl", "udpl6": .udpLite
    case "sctp", "sctp6": .sctp
    case "dccp": .dccp
    default: nil
    }
  }
}
