public import Documents

/// The report on packets as comma-separated values (RFC 4180).
public enum PacketsCSV {
  public static func text(_ document: PacketsDocument, by grouping: PacketsGrouping) -> String {
    switch grouping {
    case .conversation: conversations(document.conversations)
    case .endpoint: groups(document.endpoints)
    case .source: groups(document.sources)
    case .owner: groups(document.owners)
    case .name: groups(document.names)
    case .port: groups(document.ports)
    case .interface: groups(document.interfaces)
    case .network: groups(document.networks)
    case .second:
      LogsCSV.table(["time", "packets", "bytes"], document.times.map { [$0.time, "\($0.packets)", "\($0.bytes)"] })
    case .question:
      LogsCSV.table(
        ["name", "type", "asker", "server", "count", "first", "last"],
        document.questions.map {
          [$0.name, $0.type, $0.asker, $0.server, "\($0.count)", $0.first ?? "", $0.last ?? ""]
        })
    case .regular:
      LogsCSV.table(
        ["source", "destination", "transport", "seconds", "jitter", "confidence", "count", "events", "first", "last"],
        document.regular.map {
          [
            $0.source, $0.destination, $0.transport, "\($0.seconds)", "\($0.jitter)", "\($0.confidence)", "\($0.count)",
            "\($0.events)", $0.first ?? "", $0.last ?? "",
          ]
        })
    case .unanswered:
      LogsCSV.table(
        ["source", "destination", "connections", "syns"],
        document.unanswered.map { [$0.source, $0.destination, "\($0.connections)", "\($0.syns)"] })
    case .file:
      LogsCSV.table(
        ["path", "packets", "bytes", "first", "last", "failure"],
        document.files.map {
          [$0.path, "\($0.packets)", "\($0.bytes)", $0.first ?? "", $0.last ?? "", $0.failure ?? ""]
        })
    }
  }

  private static func conversations(_ rows: [PacketsConversation]) -> String {
    LogsCSV.table(
      [
        "transport", "source", "destination", "translated", "packets", "bytes", "packets_out", "bytes_out",
        "packets_in",
        "bytes_in", "captured_packets", "captured_bytes", "share", "bits_per_second", "first", "last", "seconds",
        "began", "began_seen", "retransmissions_out", "retransmissions_in", "unanswered", "name", "owner", "filter",
      ],
      rows.map { row in
        [
          "\(row.flow.transport)", "\(row.flow.source)", "\(row.flow.destination)",
          (row.translated ?? []).map { "\($0)" }.joined(separator: "; "), "\(row.packets)", "\(row.bytes)",
          "\(row.packetsOut)", "\(row.bytesOut)", "\(row.packetsIn)", "\(row.bytesIn)", "\(row.capturedPackets)",
          "\(row.capturedBytes)", "\(row.share)", row.bitsPerSecond.map { "\($0)" } ?? "", row.first ?? "",
          row.last ?? "", "\(row.seconds)", row.began, "\(row.isBeginningSeen)", "\(row.retransmissionsOut)",
          "\(row.retransmissionsIn)", "\(row.isUnanswered)", row.name ?? "", row.owner ?? "", row.filter,
        ]
      })
  }

  private static func groups(_ rows: [PacketsGroup]) -> String {
    LogsCSV.table(
      [
        "name", "packets", "bytes", "bytes_sent", "bytes_received", "share", "bits_per_second", "conversations",
        "first",
        "last",
      ],
      rows.map { row in
        [
          row.name, "\(row.packets)", "\(row.bytes)", row.bytesSent.map { "\($0)" } ?? "",
          row.bytesReceived.map { "\($0)" } ?? "", "\(row.share)", row.bitsPerSecond.map { "\($0)" } ?? "",
          row.conversations.map { "\($0)" } ?? "", row.first ?? "", row.last ?? "",
        ]
      })
  }
}
