public import Documents
internal import Flows

/// The paths of `headwater exposure` as comma-separated values, a row for each.
public enum ExposureCSV {
  public static func text(_ document: ExposureDocument) -> String {
    var rows: [[String]] = []
    for listener in document.listeners {
      let own = [
        listener.severity.rawValue, listener.host, listener.placeName, "\(listener.endpoint)", "\(listener.transport)",
        listener.owner.process?.name ?? "", listener.owner.process.map { "\($0.pid)" } ?? "",
        "\(listener.clients.count)",
      ]
      for path in listener.paths {
        let last = path.factors.last
        rows.append(
          own + [
            path.from.name, path.publicAddress.map { "\($0)" } ?? "", "\(path.destination)", path.verdict.rawValue,
            (path.through ?? []).map { "\($0.process ?? "rule") \($0.endpoint) \($0.host)" }.joined(separator: " > "),
            last?.result ?? "", last?.chain ?? "", last?.rule ?? "",
          ])
      }
      if listener.paths.isEmpty { rows.append(own + Array(repeating: "", count: 8)) }
    }
    return LogsCSV.table(
      [
        "severity", "host", "place", "listener", "transport", "process", "pid", "clients", "from", "public_address",
        "destination", "verdict", "through", "result", "chain", "rule",
      ], rows)
  }
}
