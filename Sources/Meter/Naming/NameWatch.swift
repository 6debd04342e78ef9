internal import CMeter
public import Flows
internal import LinuxSystem
internal import Synchronization

/// Copies the packets that tell which names flows are for, in all network namespaces of this host that can be entered:
/// ClientHellos of TLS, Initial packets of QUIC, first requests of HTTP/1, DNS answers.
///
/// The kernel's filter passes nothing else, and what it passes is bounded (`mostPerSecond`). A packet is handed over as
/// often as it is seen: on a bridge and on each of its ports, on its way out and in again. Nothing is left behind when
/// the process ends, however it ends.
///
/// Shell counterpart: `nsenter --net=FILE tcpdump -i any -w - 'port 53 or tcp[((tcp[12]&0xf0)>>2):2] = 0x1603'`.
public final class NameWatch: Sendable {
  /// Packets that pass in a second, of all namespaces together; the rest is counted.
  public static let mostPerSecond = mostPerTurn * 15
  private static let mostPerTurn = 2048
  /// Network namespaces whose packets are looked at. Flows of the others are still seen where they are routed through
  /// one of these, as the host's.
  public static let mostNamespaces = 256

  private let state: Mutex<NameWatchState>
  /// Readable when packets wait.
  private let descriptor: Int32
  /// Why names that are split over several packets are unknown; nil if they are not.
  public let limit: String?

  /// Loads the filter; nothing is seen before `lookAround`.
  ///
  /// - Parameters:
  ///   - usingEBPF: false for the filter that has no memory, for tests.
  ///   - mostPerTurn: packets that pass in 67 ms; another number is for tests.
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

  /// Begins to look at packets of namespaces that are new, and ends it where a namespace is gone.
  ///
  /// - Throws: where no packets can be copied at all, as without `CAP_NET_RAW`.
  public func lookAround() throws(MeterError) {
    let outcome = state.withLock { state -> Result<Void, MeterError> in
      Result { () throws(MeterError) in try state.lookAround(most: Self.mostNamespaces) }
    }
    try outcome.get()
  }

  /// Waits up to `seconds` for packets.
  public func wait(seconds: Double) { _ = Readiness.wait(readable: descriptor, seconds: seconds) }

  /// Calls `body` with the packets that wait, each from its IP header on (at most its headers and 16 KiB), and the
  /// namespace that it was seen in. How many there were; never more than a second's, so that a flood keeps nobody here.
  @discardableResult public func take(_ body: (RawSpan, Place) -> Void) -> Int {
    state.withLock { state in
      // The address is all that leaves the state: `body` stays with its caller.
      let address = UInt(bitPattern: state.names)
      return NameWatchState.take(address, most: Self.mostPerSecond, body)
    }
  }

  /// How many namespaces are looked at.
  public var namespaceCount: Int { state.withLock { $0.sockets.count } }

  /// What was lost or could not be looked at since the last call, in a person's words.
  public func takeNotes() -> [String] { state.withLock { $0.takeNotes() } + (limit.map { [$0] } ?? []) }
}
