public import Documents
internal import Flows

/// What is there on a quiet host, and what to type next.
public struct QuietView: Sendable {
  private let report: QuietReport
  private let width: Int?

  public init(_ report: QuietReport, width: Int?) {
    self.report = report
    self.width = width
  }

  public func lines() -> [Line] {
    var lines = [fact("watched", watched)]
    if let busiest = report.busiest {
      let units = Units(.bytes)
      lines.append(
        fact(
          "busiest",
          "\(busiest.interface) since it is up: \(units.amount(busiest.bytesIn)) in, "
            + "\(units.amount(busiest.bytesOut)) out"))
    }
    if let listeners = report.listeners {
      lines.append(
        fact("listening", listeners.isEmpty ? "nothing that other hosts could reach" : Self.text(listeners)))
    }
    if let reason = report.reason { lines.append(fact("", reason)) }
    lines.append(fact("next", "headwater (live view), headwater trace --for 60, headwater trace TARGET"))
    guard let width else { return lines }
    return lines.flatMap { $0.wrapped(to: width, indent: Self.indent) }
  }

  private var watched: String {
    var parts = [report.watched.isEmpty ? "no interface" : Self.some(report.watched, most: 6)]
    if !report.namespaces.isEmpty { parts.append(Self.some(report.namespaces, most: 4)) }
    return parts.joined(separator: "; ")
  }

  /// `sshd (pid 812) at 0.0.0.0:22, nginx (pid 90) at [::]:443 and 3 more; other hosts can reach them, unless …`
  private static func text(_ listeners: [QuietReport.Listener]) -> String {
    let named = listeners.map { listener in
      let who = listener.process.map { "\($0.name) (pid \($0.numbered))" } ?? "unknown process"
      return "\(who) at \(listener.transport) \(listener.endpoint)"
    }
    return "\(some(named, most: 6)); other hosts can reach them unless a firewall is in between"
  }

  private static func some(_ names: [String], most: Int) -> String {
    let rest = names.count - most
    return names.prefix(most).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
  }

  private static let indent = 11

  private func fact(_ name: String, _ text: String) -> Line {
    var line = Line(name, .faint).padded(to: Self.indent)
    line.append(text)
    return line
  }
}
