internal import Flows
internal import JSON

extension DockerSession {
  /// Containers that ended or were removed in the last hour, as far as the engine remembers (256 events), with their
  /// names, images and labels. Shell counterpart: `docker events --since 1h --until NOW --filter type=container`.
  ///
  /// - Parameter now: the end of the period, in seconds since 1970. The engine waits until then.
  public mutating func gone(before now: Double) throws(DockerError) -> [DockerContainer] {
    let operation = "list container events of this session's engine"
    // {"type":["container"],"event":["die","destroy"]}
    let filters = "%7B%22type%22%3A%5B%22container%22%5D%2C%22event%22%3A%5B%22die%22%2C%22destroy%22%5D%7D"
    let seconds = Int(now)
    let nanoseconds = "\(Int((now - Double(seconds)) * 1e9))"
    let fraction = String(repeating: "0", count: max(0, 9 - nanoseconds.count)) + nanoseconds
    let body = try query(
      "/events?since=\(seconds - 3600)&until=\(seconds).\(fraction)&filters=\(filters)", operation)
    return DockerContainer.ended(parsing: body)
  }
}

extension DockerContainer {
  /// Reads events, one JSON object after the other; each container appears once.
  static func ended(parsing body: [UInt8]) -> [DockerContainer] {
    var seen: Set<String> = []
    return DockerObjects.split(body).compactMap { object in
      guard let event = DockerJSON.decode(DockerJSON.Event.self, from: object), let actor = event.Actor?.value,
        let id = actor.ID?.value, seen.insert(id).inserted
      else { return nil }
      var labels = actor.Attributes?.value ?? [:]
      let (name, image) = (labels["name"], labels["image"])
      for key in ["name", "image", "exitCode", "execDuration", "signal"] { labels[key] = nil }
      return DockerContainer(id: id, names: name.map { [$0] } ?? [], image: image, labels: labels, state: "removed")
    }
  }
}
