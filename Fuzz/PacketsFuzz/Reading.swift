import Capture
import Documents
import Packets

/// Reads a file that comes in pieces.
///
/// - Parameter asks: whether a report is made.
func count(_ input: [UInt8], piece: Int, asks: Bool) -> (document: PacketsDocument?, isDamaged: Bool) {
  var limits = PacketLimits()
  limits.conversations = 8
  limits.fragments = 2
  var reader = CaptureReader()
  var tally = PacketTally(target: asks ? PacketTarget("192.0.2.0/24") : nil, limits: limits)
  var source = PacketSource(number: 0, label: "f", isAlone: true, lane: 0)
  var taken: UInt64 = 0
  var isDamaged = false
  do throws(CaptureFileError) {
    for start in stride(from: 0, to: input.count, by: max(1, piece == 0 ? input.count : piece)) {
      let end = min(input.count, start + (piece == 0 ? input.count : piece))
      let part = Array(input[start..<end])
      _ = try reader.receive(part.span.bytes) { packet, frame in
        taken += 1
        tally.take(packet, frame, of: source)
        return true
      }
      source.interfaces = reader.interfaces
    }
    try reader.end()
  } catch {
    isDamaged = true
  }
  guard asks else { return (nil, isDamaged) }
  let file = PacketReport.File(
    document: PacketsFile(
      path: "f", packets: taken, bytes: 0, first: nil, last: nil, dropped: nil, failure: nil, failureOffset: nil),
    processes: reader.processes)
  let document = PacketReport(tally, files: [file]).document
  precondition(document.packets == taken, "a packet is in no sum")
  precondition(document.distinctPackets <= taken, "a packet counts twice")
  return (document, isDamaged)
}
