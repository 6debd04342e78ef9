internal import CMeter
public import Flows
internal import LinuxSystem
internal import Synchronization

/// Captures the packets that show which names flows are for, in all network namespaces of this host that can be
/// entered: TLS ClientHellos, QUIC Initial packets, first HTTP/1 requests, DNS answers.
///
/// The kernel's filter passes nothing else, and passes a bounded number (`mostPerSecond`). A packet is delivered as
/// often as it is seen: on a bridge and on each of its ports, on its way out and in again. Nothing stays behind when
/// the process ends in any way.
///
/// Shell counterpart: `nsenter --net=FILE tcpdump -i any -w - 'port 53 or tcp[((tcp[12]&0xf0)>>2):2] = 0x1603'`.
public final class NameWatch: Sendable {
  /// How many packets pass per second, of all namespaces together; further ones are only counted.
  public static let mostPerSecond = mostPerTurn * 15
  private static let mostPerTurn = 2048
  /// How many network namespaces are captured. Flows of others are still seen where one of these forwards them, such as
  /// the host's.
  public static let mostNamespaces = 256

  private let state: Mutex<NameWatchState>
  /// A file descriptor that is readable while packets wait.
  private let descriptor: Int32
  /// Why names that are split over several packets are not known; nil if they are.
  public let limit: String?

  /// Loads the filter. Nothing is captured before `lookAround`.
  ///
  /// - Parameters:
  ///   - usingEBPF: false for the filter without memory, for tests.
  ///   - mostPerTurn: how many packets pass in 67 ms; other numbers are for tests.
  public init(usingEBPF: Bool = true, mostPerTurn: Int? = nil) throws(MeterError) {
    let object = usingEBPF ? EmbeddedProgram.bytes(of: namesProgramText) : []
    var options = hw_names_options_record(most: UInt32(clamping: mostPerTurn ?? Self.mostPerTurn), reserved: 0)
    var names: OpaquePointer?
    var refusal: Int32 = 0
    let status = object.withUnsafeBytes {
      hw_names_open($0.isEmpty ? nil : $0.baseAddress, $0.count, &options, &names, &refusal)
    }
    guard let names, status == 0 else {
      throw MeterError(.failed, "read packets with names", cause: "\(Errno(-status))")
    }
    descriptor = hw_names_descriptor(names)
    state = Mutex(NameWatchState(names: names))
    limit =
      refusal == 0
      ? nil
      : "names are read only where the first packet holds all of them: the eBPF filter "
        + "cannot load (\(Errno(refusal)))"
  }

  deinit { state.withLock { hw_names_close($0.names) } }

  /// Starts to capture in new namespaces, and stops in those that are gone.
  ///
  /// - Throws: if no packets can be captured at all, such as without `CAP_NET_RAW`.
  public func lookAround() throws(MeterError) {
    let outcome = state.withLock { state -> Result<Void, MeterError> in
      Result { () throws(MeterError) in try state.lookAround(most: Self.mostNamespaces) }
    }
    try outcome.get()
  }

  /// Waits up to `seconds` for packets.
  public func wait(seconds: Double) { _ = Readiness.wait(readable: descriptor, seconds: seconds) }

  /// Calls `body` with the waiting packets, each from its IP header on (at most its headers and 16 KiB), and the
  /// namespace in which it was seen. Returns their number. It stops after one second's worth of packets, so that a
  /// flood can't keep it busy for ever.
  @discardableResult public func take(_ body: (RawSpan, Place) -> Void) -> Int {
    state.withLock { state in
      // Only the address leaves the lock; `body` stays with its caller.
      let address = UInt(bitPattern: state.names)
      return NameWatchState.take(address, most: Self.mostPerSecond, body)
    }
  }

  /// How many namespaces are captured.
  public var namespaceCount: Int { state.withLock { $0.sockets.count } }

  /// What was lost or could not be captured since the last call, in words for people.
  public func takeNotes() -> [String] { state.withLock { $0.takeNotes() } + (limit.map { [$0] } ?? []) }
}
