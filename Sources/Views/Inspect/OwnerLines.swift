public import Flows

/// Everything known about an owner, one line per fact.
public enum OwnerLines {
  public static func lines(_ owner: Owner) -> [Line] {
    var lines: [Line] = []
    func add(_ name: String, _ value: String?) {
      guard let value, !value.isEmpty else { return }
      var line = Line("  ")
      line.append(name + String(repeating: " ", count: max(1, 12 - name.count)), .faint)
      line.append(value)
      lines.append(line)
    }
    if let process = owner.process {
      add("command", process.command?.joined(separator: " "))
      add("executable", process.executable)
      add("user", process.user ?? process.uid.map { "uid \($0)" })
      add("parents", process.parents?.map { "\($0.name) (\($0.pid))" }.joined(separator: " <- "))
    }
    if let container = owner.container {
      add(
        "container",
        "\(container.title) (\(container.runtime)\(container.id == container.name ? "" : " \(container.shortID)"))")
      add("image", container.image)
      add("pod", container.pod)
      add("why", container.reason)
      let labels = (container.labels ?? [:]).sorted { $0.key < $1.key }.prefix(8).map { "\($0.key)=\($0.value)" }
      add("labels", labels.joined(separator: ", "))
    }
    add("unit", owner.shownUnit)
    add("machine", owner.machine)
    add("unknown", owner.reason)
    return lines
  }
}
