internal import Documents
internal import Questions
internal import Views

/// The end of `headwater capture`: how it went, and what `headwater pcap` says of the packets.
struct CaptureAnswer: Answer {
  let summary: CaptureSummary
  let packets: PcapAnswer
  var failures: [HostFailure] = []
  /// Whether packets may have passed at places that could not be captured.
  var isBlind = false

  /// The document on packets, and in it the summary.
  struct Body: Encodable {
    let packets: PacketsDocument
    let capture: CaptureSummary

    private enum CodingKeys: String, CodingKey { case capture }

    func encode(to encoder: any Encoder) throws {
      try packets.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(capture, forKey: .capture)
    }
  }

  var document: Body { Body(packets: packets.packets, capture: summary) }

  func lines(_ output: Output) -> [Line] {
    let place = summary.file.map { " in \($0)" } ?? ""
    var owned = ""
    if summary.packets > 0 {
      owned =
        summary.packetsWithProcess == 0
        ? ", none of a process here"
        : ", \(Units.percent(Double(summary.packetsWithProcess) / Double(summary.packets))) with their process"
    }
    var head = Line("\(summary.packets) packets\(place) in \(Units.duration(summary.seconds))\(owned)", .bold)
    head.append("; \(summary.lost) lost" + (summary.lost > 0 ? " (\(Units.percent(summary.lostShare)))" : ""))
    if isBlind { head.append("; not every place could be captured", .warning) }
    return [head] + (summary.packets > 0 ? packets.lines(output) : [])
  }

  func remarks(_ output: Output) -> [Line] {
    (summary.failure.map { [Line($0)] } ?? []) + summary.notes.map { Line("note: \($0)") }
      + failures.map { Line("\($0)") }
  }

  var status: ExitStatus {
    if !failures.isEmpty { return .unreachable }
    if summary.failure == nil, summary.packets == 0, isBlind { return .denied }
    return summary.failure != nil || summary.packets == 0 ? .noAnswer : .answered
  }
}
