public import Documents
internal import Flows

/// The lines of `headwater exposure`.
public struct ExposureView {
  private let isVerbose: Bool

  /// - Parameter isVerbose: whether all paths are shown, also those that are closed.
  public init(isVerbose: Bool) { self.isVerbose = isVerbose }

  public func lines(_ document: ExposureDocument) -> [Line] {
    var lines: [Line] = []
    let names = document.listeners.map(\.host)
    let hosts = Set(names + [document.host]).sorted { one, other in
      (names.firstIndex(of: one) ?? .max) < (names.firstIndex(of: other) ?? .max)
    }
    for host in hosts {
      let own = document.listeners.filter { $0.host == host }
      if own.isEmpty, host != document.host { continue }
      if !lines.isEmpty { lines.append(Line()) }
      lines.append(Line(Self.heading(host, own), .heading))
      for listener in own { lines += self.lines(listener) }
    }
    return lines + document.notes.map { Line("note: \($0)") }
  }

  private static func heading(_ host: String, _ own: [ExposedListener]) -> String {
    let open = own.filter { $0.severity == .high }.count
    let doubtful = own.filter { $0.severity == .unknown }.count
    let count = "\(own.count) \(own.count == 1 ? "listener" : "listeners")"
    let more = doubtful > 0 ? "; whether \(doubtful) more can be is not known" : ""
    return "\(host): \(count), \(open) reachable from the internet\(more)"
  }

  private func lines(_ listener: ExposedListener) -> [Line] {
    let owner =
      listener.isRuleOnly == true
      ? (listener.leads == nil ? "nothing listens there" : "no socket, sent on by rules")
      : listener.owner.process.map { "\($0.name) (pid \($0.numbered))" }
        ?? listener.owner.container.map { "container \($0.title)" } ?? listener.owner.reason ?? "no process"
    let severity = listener.severity.rawValue.uppercased()
    var words = severity + String(repeating: " ", count: max(1, 9 - severity.count))
    words += "\(listener.endpoint) \(listener.transport)  \(owner)  in \(listener.placeName)"
    if let interface = listener.interface { words += ", on \(interface) only" }
    var lines = [Line(words, listener.severity == .high ? .heading : .plain)]
    for lead in listener.leads ?? [] { lines.append(Line("      leads to  \(Self.text(lead))")) }
    let shown = isVerbose ? listener.paths : Self.important(listener.paths)
    for path in shown { lines += self.lines(path) }
    let left = listener.paths.count - shown.count
    if left > 0 {
      lines.append(Line("      and \(left) more \(left == 1 ? "source" : "sources"), with --verbose", .faint))
    }
    lines += Self.clients(listener.clients)
    return lines
  }

  /// Those from the internet, and the others that get there or may.
  private static func important(_ paths: [ExposurePath]) -> [ExposurePath] {
    paths.filter { path in
      path.from.kind == .internet || (path.from.kind != .itself && path.verdict != .blocked)
    }
  }

  private static func text(_ lead: ExposureLead) -> String {
    var text = lead.endpoint.map { "\($0)" } ?? lead.name ?? "an unknown server"
    if let host = lead.host { text += " on \(host)\(lead.placeName.map { ", \($0)" } ?? "")" }
    if let through = lead.through { text += ", through \(through)" }
    if lead.kind == .nat { text += ", by a rule" }
    if let configuration = lead.configuration { text += ", \(configuration)" }
    if let reason = lead.reason { text += ": \(reason)" }
    return text
  }

  private func lines(_ path: ExposurePath) -> [Line] {
    var text = "      \(path.verdict.rawValue) from \(path.from.name)"
    if path.from.kind == .internet { text += path.from.address.isV4 ? " (IPv4)" : " (IPv6)" }
    if let outer = path.publicAddress { text += ", by \(outer)" }
    for hop in path.through ?? [] {
      text += ", through \(hop.process.map { "\($0) at " } ?? "")\(hop.endpoint) on \(hop.host)"
    }
    var lines = [Line(text)]
    for factor in path.factors {
      let rule = [factor.chain, factor.rule].compactMap { $0 }.joined(separator: ": ")
      lines.append(
        Line(
          "        \(factor.kind.rawValue)  \(factor.result)\(rule.isEmpty ? "" : "  \(rule)")  [\(factor.certainty.rawValue)]"
        ))
    }
    for step in path.steps ?? [] { lines.append(Line("          \(step)", .faint)) }
    return lines
  }

  private static func clients(_ clients: ExposureClients) -> [Line] {
    guard clients.count > 0 else { return [] }
    let top = clients.top.prefix(3).map { "\($0.address)\($0.connections > 1 ? " (\($0.connections))" : "")" }
    let more = clients.count > top.count ? " and \(clients.count - top.count) more" : ""
    return [Line("      now  \(top.joined(separator: ", "))\(more)")]
  }
}
