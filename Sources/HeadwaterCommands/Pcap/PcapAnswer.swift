internal import Documents
internal import Views

/// The answer of `headwater pcap`.
struct PcapAnswer: Answer {
  let packets: PacketsDocument
  let grouping: PacketsGrouping?
  let top: Int
  /// The chain that recorded evidence gives.
  var trace: TraceAnswer?

  init(document: PacketsDocument, grouping: PacketsGrouping?, top: Int) {
    packets = document
    self.grouping = grouping
    self.top = top
  }

  /// The document on packets, and in it the trace.
  struct Body: Encodable {
    let packets: PacketsDocument
    let trace: TraceDocument?

    private enum CodingKeys: String, CodingKey { case trace }

    func encode(to encoder: any Encoder) throws {
      try packets.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encodeIfPresent(trace, forKey: .trace)
    }
  }

  var document: Body { Body(packets: packets, trace: trace?.document) }

  /// Files of which nothing could be read.
  private var unread: [PacketsFile] { packets.files.filter { $0.failure != nil && $0.packets == 0 } }
  private var isNothingRead: Bool { unread.count == packets.files.count }

  func lines(_ output: Output) -> [Line] {
    guard !isNothingRead else { return [] }
    var lines: [Line] = []
    if packets.target != nil, packets.matchedPackets == 0 {
      lines.append(Line("no packets of \(packets.target ?? "") in what was read", .bold))
    }
    lines += PacketsReport(width: output.width, top: top, isVerbose: output.isVerbose).lines(packets, by: grouping)
    if let trace { lines += [Line()] + trace.lines(output) }
    return lines
  }

  func remarks(_ output: Output) -> [Line] {
    unread.map { file in
      let failure = file.failure ?? ""
      return failure.contains(file.path) ? Line(failure) : Line("\(file.path): \(failure)")
    } + (trace?.remarks(output) ?? [])
  }

  var status: ExitStatus {
    if isNothingRead { return .noAnswer }
    return packets.matchedPackets > 0 ? .answered : .noAnswer
  }
}
