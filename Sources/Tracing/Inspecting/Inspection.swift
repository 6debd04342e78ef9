public import Flows
public import Questions

/// What `headwater inspect` found: everything known of one process, container, address, port or flow.
public struct Inspection: Sendable, Codable {
  public static let schema = "headwater.inspect/1"

  public var schema = Inspection.schema
  public var target: String
  public var host: String
  /// The window that rates were measured in.
  public var seconds: Double
  /// One per owner, busiest first.
  public var subjects: [Subject]
  public var notes: [String]

  /// An owner, or the flows whose owner is not known.
  public struct Subject: Sendable, Codable {
    public var owner: Owner
    /// Network namespaces its sockets are in.
    public var namespaces: [String]
    public var listening: [SocketListing]
    public var flows: [FlowReport]
    /// Tap and tun devices it holds open.
    public var devices: [String]
    public var traffic: Traffic
  }

  /// One flow, as a socket that is there, as what moved in the window, or both.
  public struct FlowReport: Sendable, Codable {
    public var namespace: String
    /// From the owner's end.
    public var flow: Flow
    /// `established`, …; `closed` if the socket closed within the window.
    public var state: String
    public var traffic: Traffic?
    /// Round-trip time in microseconds.
    public var rtt: UInt32?
    public var retransmits: UInt32?
    public var receiveQueue: UInt32?
    public var sendQueue: UInt32?
    /// What its initiator asked for by name, or most likely did (`dns`); nil if that was not seen within the window.
    public var name: FlowName?
  }
}
