public import Flows

/// What moved between two readings of a meter.
public struct MeterReading: Sendable {
  /// How long it took to come together.
  public var seconds: Double = 0
  public var sockets: [SocketTraffic] = []
  public var forwarded: [ForwardedTraffic] = []
  public var leftovers: [LeftoverTraffic] = []
  /// What found no room or could not be read, in a person's words.
  public var notes: [String] = []

  public init() {}
}

/// A task as the kernel knew it at the moment of a call.
public struct TaskRecord: Hashable, Sendable {
  /// In the reader's pid namespace; nil if the process is not visible there.
  public var pid: Int32?
  /// In the initial pid namespace.
  public var rootPID: Int32
  /// Nanoseconds after boot.
  public var startTime: UInt64
  public var name: String
  public var uid: UInt32
  /// cgroup v2.
  public var cgroupID: UInt64
  public var namespace: Place
  public var isKernelThread: Bool
  /// What it was when it first sent or received; nil if that was not recorded.
  public var lineage: Lineage? = nil

  /// What is gone with a process, and with its parents.
  public struct Lineage: Hashable, Sendable {
    /// The nearest first, up to five.
    public var parents: [Parent]
    /// The command line's start; empty if it could not be read.
    public var command: [String]
    /// The end of its cgroup's path: `/system.slice/poll.service`.
    public var cgroup: String
  }

  public struct Parent: Hashable, Sendable {
    /// In the reader's pid namespace.
    public var pid: Int32
    /// Nanoseconds after boot.
    public var startTime: UInt64
    public var name: String
  }
}

/// How a socket leads to its owner.
public enum SocketHolder: Hashable, Sendable {
  /// The task that did the I/O, or else the one that made the socket.
  case task(TaskRecord)
  /// Nobody was recorded, but the socket's inode may be found in `/proc/PID/fd`.
  case inode(UInt32, uid: UInt32)
  case kernel
  case unknown(reason: String)
}

/// One flow of one socket during an interval.
public struct SocketTraffic: Hashable, Sendable {
  /// Unique per socket since boot; 0 if the kernel gave none.
  public var cookie: UInt64
  public var namespace: Place
  public var transport: Transport
  public var local: Endpoint
  /// Nil for traffic of no single remote: a listener's handshakes, a packet socket's frames.
  public var remote: Endpoint?
  public var role: FlowTraffic.Role
  public var holder: SocketHolder
  /// Network-layer bytes as on the wire.
  public var traffic: Traffic
  /// How much more that is than the kernel's own unsegmented packets, which virtual interfaces count.
  public var surplus: Traffic
  public var payloadIn: UInt64?
  public var payloadOut: UInt64?
  /// Indexes in `namespace`; 0 is unknown.
  public var inInterface: UInt32
  public var outInterface: UInt32
  public var closed: Bool
  /// A holder read from descriptors, not from the call itself.
  public var isSeeded: Bool
  /// Whether this end sent the flow's first packet; nil where that may have been before it was watched.
  public var began: Bool?
  /// Whether it was accepted since the last reading, as the kernel's program saw it.
  public var isNew = false
  /// What the socket sent and no device took: it is not among `traffic`. Only the outward half is used.
  public var unsent = Traffic()
  /// Why the last of that was dropped, as the kernel names it.
  public var unsentReason: String?

  /// Moves what was counted as sent, and then dropped, to `unsent`.
  mutating func takeBack(_ bytes: UInt64, _ packets: UInt64, _ surplusBytes: UInt64, _ surplusPackets: UInt64) {
    let (taken, count) = (min(bytes, traffic.bytesOut), min(packets, traffic.packetsOut))
    traffic.bytesOut -= taken
    traffic.packetsOut -= count
    // Never more than what is left itself.
    surplus.bytesOut = min(surplus.bytesOut - min(surplusBytes, surplus.bytesOut), traffic.bytesOut)
    surplus.packetsOut = min(surplus.packetsOut - min(surplusPackets, surplus.packetsOut), traffic.packetsOut)
    // What waited for a neighbour since before the window is dropped in it all the same.
    unsent.bytesOut += bytes
    unsent.packetsOut += packets
  }
}

/// A flow that passed a namespace.
public struct ForwardedTraffic: Hashable, Sendable {
  public var namespace: Place
  public var inInterface: UInt32
  public var outInterface: UInt32
  /// As it left, after translation: this direction only.
  public var flow: Flow
  public var bytes: UInt64
  public var packets: UInt64
  public var surplusBytes: UInt64
  public var surplusPackets: UInt64
  /// When its first packet passed, nanoseconds of CLOCK_MONOTONIC; nil if that may have been before it was watched.
  public var firstSeen: UInt64?
}

/// Packets of an interface that belong to no socket and to no forwarded flow.
public struct LeftoverTraffic: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    case nonIP
    /// All ICMP received, also what sockets got.
    case icmp
    case dropped(reason: String)
    /// Sent by a socket, and dropped before the interface took it; not among the sockets' rows.
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

/// Counts who sends how many bytes on a host, in all its network namespaces.
public protocol TrafficMeter: AnyObject, Sendable {
  /// `ebpf` or `sockets`.
  var kind: MeterKind { get }
  /// What this meter counts and what it can't, for a person.
  var limits: [String] { get }
  /// Whether it counts the bytes that pass each process's calls, and so sees who makes them.
  var countsPayload: Bool { get }
  /// Lets traffic happen for `seconds`, doing what the meter needs in the meantime; ends early if `stop` says so.
  func wait(seconds: Double, stop: () -> Bool)
  /// What moved since the last call, or since the start.
  func read() throws -> MeterReading
}

public enum MeterKind: String, Sendable, Codable, CaseIterable {
  case ebpf, sockets
}

/// A meter that could not start or read.
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
  /// What became of each part of the meter or watch; empty where none was tried.
  public let programs: [EBPFMeter.Program]

  public init(_ code: Code, _ operation: String, cause: String, programs: [EBPFMeter.Program] = []) {
    self.code = code
    self.operation = operation
    self.cause = cause
    self.programs = programs
  }

  public var description: String { "\(operation): \(cause)" }
}
