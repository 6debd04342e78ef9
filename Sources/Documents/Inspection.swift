public import Flows
public import Questions

/// The answer of `headwater inspect`: everything known about one process, container, address, port or flow.
public struct Inspection: Sendable, Codable {
  public static let schema = "headwater.inspect/1"

  public var schema = Inspection.schema
  public var target: String
  public var host: String
  /// The window in which rates were measured, in seconds.
  public var seconds: Double
  /// One subject per owner, busiest first.
  public var subjects: [Subject]
  public var notes: [String]
  /// Why the target may have more sockets and traffic than `subjects` has; nil if all was seen.
  public var reason: String?
  /// The target's flows that only pass through this host, busiest first; nil if none does.
  public var forwarded: [ForwardedFlow]?
  /// The account of the interface, if the target is one.
  public var interface: LedgerEntry?
  /// Where the traffic comes from, if some of it passes through or the target is an interface: a socket here tells that
  /// itself.
  public var trace: TraceDocument?

  /// Whether nothing at all was found.
  public var isEmpty: Bool { subjects.isEmpty && forwarded == nil && (interface?.total.isZero ?? true) }

  public init(
    target: String, host: String, seconds: Double, subjects: [Subject], notes: [String], reason: String? = nil
  ) {
    self.reason = reason
    self.target = target
    self.host = host
    self.seconds = seconds
    self.subjects = subjects
    self.notes = notes
  }

  /// An owner with its flows, or the flows whose owner is not known.
  public struct Subject: Sendable, Codable {
    public var owner: Owner
    /// The network namespaces of its sockets.
    public var namespaces: [String]
    public var listening: [SocketListing]
    public var flows: [FlowReport]
    /// The tap and tun devices that it holds open.
    public var devices: [String]
    /// What was measured; see `trafficReason`.
    public var traffic: Traffic
    /// Why its traffic is not known, and `traffic` is zero; nil if it was measured.
    public var trafficReason: String?

    public init(
      owner: Owner, namespaces: [String], listening: [SocketListing], flows: [FlowReport], devices: [String],
      traffic: Traffic
    ) {
      self.owner = owner
      self.namespaces = namespaces
      self.listening = listening
      self.flows = flows
      self.devices = devices
      self.traffic = traffic
    }
  }

  /// One flow: a socket that exists now, traffic that was measured in the window, or both.
  public struct FlowReport: Sendable, Codable {
    public var namespace: String
    /// The flow from the owner's endpoint to the remote.
    public var flow: Flow
    /// The socket's state: `established`, …; `closed` if it closed in the window.
    public var state: String
    public var traffic: Traffic?
    /// Round-trip time in microseconds.
    public var rtt: UInt32?
    public var retransmits: UInt32?
    public var receiveQueue: UInt32?
    public var sendQueue: UInt32?
    /// The name that its initiator asked for, or (`dns`) probably asked for; nil if none was seen in the window.
    public var name: FlowName?
    /// All processes that hold the socket, if they are several; `traffic` is what the owner alone moved.
    public var holders: [Process.Ancestor]?

    public init(
      namespace: String, flow: Flow, state: String, traffic: Traffic? = nil, rtt: UInt32? = nil,
      retransmits: UInt32? = nil,
      receiveQueue: UInt32? = nil, sendQueue: UInt32? = nil, name: FlowName? = nil
    ) {
      self.namespace = namespace
      self.flow = flow
      self.state = state
      self.traffic = traffic
      self.rtt = rtt
      self.retransmits = retransmits
      self.receiveQueue = receiveQueue
      self.sendQueue = sendQueue
      self.name = name
    }
  }

  /// One flow that passes through a network namespace of the host.
  public struct ForwardedFlow: Sendable, Codable {
    public var namespace: String
    /// As the initiator sent it, if that is known.
    public var flow: Flow
    /// As the responder sees it, if it is translated here.
    public var translated: Flow?
    /// The interfaces that it passes: where it enters, where it leaves.
    public var interfaces: [String]
    /// "In" is toward the flow's source.
    public var traffic: Traffic
    public var name: FlowName?

    public init(_ row: FlowTraffic, name: FlowName?) {
      namespace = row.namespaceName
      flow = row.flow
      translated = row.translated == row.flow ? nil : row.translated
      interfaces = [row.interface, row.outInterface].compactMap { $0 }
      traffic = row.traffic
      self.name = name
    }
  }
}
