public import Documents
internal import Flows

extension HostTable {
  /// Everything known about one host, one line per fact.
  public static func details(_ host: HostAnswer) -> [Line] {
    var lines = [Line("\(host.name)  \(host.ssh)", .bold)]
    let add = { (lines: inout [Line], name: String, value: String?) in
      guard let value else { return }
      lines.append(Line("  \(name)\(String(repeating: " ", count: max(1, 12 - name.count)))\(value)"))
    }
    if let error = host.error {
      add(&lines, "not reached", error.detail)
      if !error.advice.isEmpty { add(&lines, "try", error.advice) }
    } else {
      add(&lines, "reached", "in \(seconds(host.seconds))")
      add(&lines, "rights", host.privileges.map(rights))
      add(&lines, "machine", host.architecture)
      let copied = host.copied == true ? ", copied just now" : ""
      add(
        &lines, "probe",
        [host.version, host.place.map { "in \($0)\(copied)" }].compactMap { $0 }.joined(separator: " "))
      add(&lines, "addresses", host.addresses.map { $0.map(\.description).joined(separator: " ") })
      if host.clockOffset != nil { add(&lines, "clock", clock(host)) }
    }
    return lines + host.notes.map { Line("  note: \($0)", .faint) }
  }

  private static func rights(_ privileges: String) -> String {
    switch privileges {
    case "root": "root"
    case "sudo": "root by sudo -n"
    default: "this user only; other users' processes and sockets are not visible"
    }
  }
}
