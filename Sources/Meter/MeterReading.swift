public import Flows

/// The traffic between two readings of a meter.
public struct MeterReading: Sendable {
  /// The length of the period in seconds.
  public var seconds: Double = 0
  public var sockets: [SocketTraffic] = []
  public var forwarded: [ForwardedTraffic] = []
  public var leftovers: [LeftoverTraffic] = []
  /// What did not fit into tables or could not be read, in words for people.
  public var notes: [String] = []
  /// Why sockets may have moved bytes that are in none of the rows; nil if all that can be counted was.
  public var blindSpot: String?
  /// Whether packets of TCP sockets are segments, of which an interface may count several as one.
  public var countsSegments = false

  public init() {}
}

/// A task as the kernel recorded it at the moment of a call.
public struct TaskRecord: Hashable, Sendable {
  /// The pid in the reader's pid namespace; nil if the process is not visible there.
  public var pid: Int32?
  /// The pid in the initial pid namespace.
  public var rootPID: Int32
  /// The start time in nanoseconds after boot.
  public var startTime: UInt64
  public var name: String
  public var uid: UInt32
  /// The cgroup v2 id.
  public var cgroupID: UInt64
  public var namespace: Place
  public var isKernelThread: Bool
  /// What was recorded when the task first sent or received; nil if nothing was.
  public var lineage: Lineage? = nil

  /// What is lost when a process ends: its parents, command line and cgroup.
  public struct Lineage: Hashable, Sendable {
    /// The parents, nearest first, up to five.
    public var parents: [Parent]
    /// The name of the first parent that is not visible to the reader, for it is in another pid namespace; nil if there is none.
    public var hiddenParent: String?
    /// The command line, with `…` where it was cut; empty if it could not be read.
    public var command: [String]
    /// The end of the cgroup's path: `/system.slice/poll.service`.
    public var cgroup: String
  }

  public struct Parent: Hashable, Sendable {
    /// The pid in the reader's pid namespace.
    public var pid: Int32
    /// The start time in nanoseconds after boot.
    public var startTime: UInt64
    public var name: String
  }
}

/// How to find the owner of a socket.
public enum SocketHolder: Hashable, Sendable {
  /// The task that did the I/O, or else the one that created the socket.
  case task(TaskRecord)
  /// No task was recorded, but the socket's inode may be found in `/proc/PID/fd`.
  case inode(UInt32, uid: UInt32)
  case kernel
  case unknown(reason: String)
}

/// One flow of one socket during an interval.
public struct SocketTraffic: Hashable, Sendable {
  /// The socket's cookie, unique since boot; 0 if the kernel gave none.
  public var cookie: UInt64
  public var namespace: Place
  public var transport: Transport
  public var local: Endpoint
  /// The remote end; nil for traffic without a single remote: a listener's handshakes, a packet socket's frames.
  public var remote: Endpoint?
  public var role: FlowTraffic.Role
  public var holder: SocketHolder
  /// Network-layer bytes on the wire.
  public var traffic: Traffic
  /// By how much `traffic` exceeds the kernel's own unsegmented packets, which virtual interfaces count.
  public var surplus: Traffic
  public var payloadIn: UInt64?
  public var payloadOut: UInt64?
  /// Interface indexes in `namespace`; 0 if not known.
  public var inInterface: UInt32
  public var outInterface: UInt32
  public var closed: Bool
  /// Whether the holder was found among open descriptors instead of being recorded at a call.
  public var isSeeded: Bool
  /// Whether this end sent the flow's first packet; nil if that may have been before counting began.
  public var began: Bool?
  /// Whether the connection was accepted since the last reading, as the kernel's program recorded it.
  public var isNew = false
  /// What the socket sent but no device transmitted; not part of `traffic`. Only the outgoing half is used.
  public var unsent = Traffic()
  /// Why the last of these packets was dropped, in the kernel's words.
  public var unsentReason: String?

  /// Moves bytes that were counted as sent but then dropped to `unsent`.
  mutating func takeBack(_ bytes: UInt64, _ packets: UInt64, _ surplusBytes: UInt64, _ surplusPackets: UInt64) {
    let (taken, count) = (min(bytes, traffic.bytesOut), min(packets, traffic.packetsOut))
    traffic.bytesOut -= taken
    traffic.packetsOut -= count
    // Never more than what is left.
    surplus.bytesOut = min(surplus.bytesOut - min(surplusBytes, surplus.bytesOut), traffic.bytesOut)
    surplus.packetsOut = min(surplus.packetsOut - min(surplusPackets, surplus.packetsOut), traffic.packetsOut)
    // A packet that waited for a neighbour since before the window still counts as dropped in it.
    unsent.bytesOut += bytes
    unsent.packetsOut += packets
  }
}

/// A flow that a namespace forwarded.
public struct ForwardedTraffic: Hashable, Sendable {
  public var namespace: Place
  /// 0 for what a program, such as a virtual machine's, sends by a macvtap: `outInterface`.
  public var inInterface: UInt32
  public var outInterface: UInt32
  /// One direction of the flow, as it left after translation.
  public var flow: Flow
  public var bytes: UInt64
  public var packets: UInt64
  public var surplusBytes: UInt64
  public var surplusPackets: UInt64
  /// When its first packet passed, in nanoseconds of CLOCK_MONOTONIC; nil if that may have been before counting began.
  public var firstSeen: UInt64?
  /// What came in to be passed on and the outgoing interface had no room for; not part of `bytes`.
  public var unsentBytes: UInt64 = 0
  public var unsentPackets: UInt64 = 0
}

/// Packets of an interface that belong to no socket and to no forwarded flow.
public struct LeftoverTraffic: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    case nonIP
    /// All received ICMP, also what sockets received.
    case icmp
    case dropped(reason: String)
    /// Sent by a socket but dropped before the interface transmitted it; not part of the sockets' rows.
    case unsent(reason: String)
    /// Sent by the kernel without a socket.
    case kernel
  }
  public var namespace: Place
  public var interface: UInt32
  public var kind: Kind
  public var isOutward: Bool
  public var bytes: UInt64
  public var packets: UInt64
}

/// Counts which process sends how many bytes on a host, in all its network namespaces.
public protocol TrafficMeter: AnyObject, Sendable {
  /// `ebpf` or `sockets`.
  var kind: MeterKind { get }
  /// What this meter counts and what it can't, for people.
  var limits: [String] { get }
  /// Whether it counts the bytes in each process's calls, and so can tell which process made them.
  var countsPayload: Bool { get }
  /// Waits for `seconds` while doing the meter's periodic work. Ends early if `stop` returns true.
  func wait(seconds: Double, stop: () -> Bool)
  /// The traffic since the last call, or since the start.
  func read() throws -> MeterReading
}

public enum MeterKind: String, Sendable, Codable, CaseIterable {
  case ebpf, sockets
}

/// Why a meter could not start or read.
public struct MeterError: Error, Sendable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    /// A privilege is missing.
    case denied
    /// The kernel lacks a feature.
    case unsupported
    case failed
  }
  public let code: Code
  public let operation: String
  public let cause: String
  /// Each part of the meter or watch, and whether it is active; empty if none was tried.
  public let programs: [EBPFMeter.Program]

  public init(_ code: Code, _ operation: String, cause: String, programs: [EBPFMeter.Program] = []) {
    self.code = code
    self.operation = operation
    self.cause = cause
    self.programs = programs
  }

  public var description: String { "\(operation): \(cause)" }
}
