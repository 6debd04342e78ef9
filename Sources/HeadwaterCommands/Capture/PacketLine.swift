internal import Capture
internal import Flows
internal import LinuxSystem
internal import Packets
internal import Views

/// A captured packet as a line: time, place, owner, flow, what it is, length, name.
struct PacketLine {
  static func line(
    _ packet: CaptureRecorder.Packet, _ layer: PacketLayer?, at source: CaptureRecorder.Source
  ) -> Line {
    let whole = Double(packet.time / 1_000_000_000)
    let time = SystemClock.text(whole).map { String($0.drop { $0 != "T" }.dropFirst().dropLast()) } ?? "-"
    let micros = String(packet.time % 1_000_000_000 / 1000)
    let fraction = String(repeating: "0", count: 6 - micros.count) + micros
    var line = Line("\(time).\(fraction) ", .faint)
    line.append("\(source.name) \(packet.isOutgoing ? "out" : "in") ")
    line.append(packet.owner?.process.map { "\($0.name)[\($0.pid)]" } ?? "-", .bold)
    guard let layer else {
      line.append(" not IP, \(packet.wireLength) B")
      return line
    }
    line.append(" \(layer.flow)")
    if let tcp = layer.tcp { line.append(" \(flags(tcp.flags))") }
    line.append(" \(packet.wireLength) B")
    if let name = packet.name?.shown { line.append(" \(name)") }
    return line
  }

  /// As tcpdump shows them: `S`, `S.`, `P.`, `F.`, `R`, `.`.
  private static func flags(_ flags: TCPHeader.Flags) -> String {
    var text = ""
    for (flag, letter) in [
      (TCPHeader.Flags.fin, "F"), (.syn, "S"), (.reset, "R"), (.push, "P"), (.acknowledgment, "."),
    ]
    where flags.contains(flag) { text += letter }
    return text.isEmpty ? "none" : text
  }
}
