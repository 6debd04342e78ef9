internal import Capture
internal import Documents

/// A capture file that is being read, with what is known of it so far.
final class OpenCapture {
  let number: Int
  private var capture: StreamedCapture
  var source: PacketSource
  private var bytes: UInt64 = 0
  private var firstTime = Double.infinity
  private var lastTime = -Double.infinity
  /// The time of the packet that comes next; for one without a time that of the packet before it.
  private(set) var time = -Double.infinity

  /// - Throws: why it can't be opened.
  init(
    _ path: String, number: Int, isAlone: Bool, lane: Int, mustStop: @escaping @Sendable () -> Bool
  ) throws(CaptureFileError) {
    self.number = number
    capture = try StreamedCapture(path, mustStop: mustStop)
    source = PacketSource(
      number: number, label: path.split(separator: "/").last.map(String.init) ?? path, isAlone: isAlone, lane: lane)
  }

  var path: String { capture.path }
  /// Whether `advance` read a packet.
  var hasPacket: Bool { capture.packet != nil }
  var isPipe: Bool { capture.isPipe }
  /// Whether the reading was ended before the end was reached.
  var isStopped: Bool { capture.isStopped }
  var failure: CaptureFileError? { capture.failure }

  /// Reads the next packet; false if there is none.
  func advance(mayGrow: Bool) -> Bool {
    guard capture.advance(mayGrow: mayGrow), let packet = capture.packet else { return false }
    if packet.place >= source.interfaces.count { source.interfaces = capture.interfaces }
    bytes &+= UInt64(max(0, packet.wireLength))
    if let next = packet.time, next.isFinite {
      time = next
      firstTime = min(firstTime, next)
      lastTime = max(lastTime, next)
    }
    return true
  }

  /// Gives the packet that `advance` read to the tally.
  func give(to tally: inout PacketTally) {
    guard let packet = capture.packet else { return }
    let source = source
    withTally(&tally) { tally, frame in tally.take(packet, frame, of: source) }
  }

  private func withTally(_ tally: inout PacketTally, _ body: (inout PacketTally, RawSpan) -> Void) {
    capture.withFrame { body(&tally, $0) }
  }

  /// What is known of the file.
  func report(_ tally: inout PacketTally) -> PacketReport.File {
    tally.finish(number, capture.interfaces)
    let dropped = capture.interfaces.compactMap(\.dropped)
    var failure = capture.failure.map { "\($0)" }
    if failure != nil, let unread = capture.unread, unread > 0 { failure?.append(" (\(unread) bytes are not read)") }
    return PacketReport.File(
      document: PacketsFile(
        path: path, packets: capture.packets, bytes: bytes, first: PacketReport.text(firstTime),
        last: PacketReport.text(lastTime), dropped: dropped.isEmpty ? nil : dropped.reduce(0, &+), failure: failure,
        failureOffset: capture.failure.map(\.offset)), processes: capture.processes,
      names: capture.names)
  }
}
