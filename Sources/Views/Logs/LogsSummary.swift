public import Flows

/// The first lines of the report, for somebody who is called at 3 a.m.: which site gets most requests, from whom, how
/// often, how regularly, since when.
public struct LogsSummary: Sendable {
  public init() {}

  public func lines(_ document: LogsDocument) -> [Line] {
    guard document.requests > 0, let site = document.sites.first else { return [] }
    let changes = (document.changes ?? []).prefix(2)
    var lines = changes.flatMap { self.lines($0, document) }
    lines.append(most(site, document))
    if let visit = (document.busiestClients ?? document.visits).first(where: { $0.site == site.name }) {
      lines.append(line(visit, site, document))
    }
    let regular = document.regular.filter { $0.site == site.name }
    for visit in regular.prefix(3) {
      if let period = visit.period { lines.append(line(visit, period)) }
    }
    if regular.isEmpty, let period = site.period {
      lines.append(Line("all its clients together: \(Self.text(period))"))
    }
    if let other = document.regular.first(where: { $0.site != site.name }), let period = other.period {
      lines.append(line(other, period))
    }
    return lines
  }

  /// `git.example.com: 400/s since 2026-… (5 min) from 10,212 clients, status 503 for 71 %; before 0.3/s`, and below
  /// that what most of the requests have in common.
  private func lines(_ change: LogsChange, _ document: LogsDocument) -> [Line] {
    var first = Line(change.site, .bold)
    let isOver = document.endedAgo != nil
    var text = isOver ? " was requested " : ": "
    text +=
      "\(Self.rate(change.requestsPerSecond)) since \(change.isSinceBefore == true ? "before " : "")\(change.since)"
    text += " (\(Units.duration(change.seconds)))"
    if isOver { text += ", to the end of the log at \(change.until)" }
    if let client = change.parts.first(where: { $0.kind == "client" && $0.share > 0.5 }) {
      text += ", by \(client.name)" + (client.share < 0.995 ? " for \(Units.percent(client.share))" : "")
    } else {
      text += " from \(Self.number(UInt64(change.clients))) clients"
    }
    if let status = change.parts.first(where: { $0.kind == "status" }) {
      text += ", \(status.name) for \(Units.percent(status.share))"
    }
    text += "; before \(change.beforePerSecond > 0 ? Self.rate(change.beforePerSecond) : "nothing")"
    let times = change.beforePerSecond > 0 ? change.requestsPerSecond / change.beforePerSecond : 0
    if times >= 1.5 { text += ": \(Self.number(UInt64(min(times.rounded(), 1e15)))) times as much" }
    first.append(text, .warning)
    let others = change.parts.filter { $0.kind != "client" && $0.kind != "status" }
    guard !others.isEmpty else { return [first] }
    return [first, Line("  " + others.map(Self.share).joined(separator: ", "))]
  }

  static func share(_ part: LogsShare) -> String {
    let share = Units.percent(part.share)
    let clients = part.clients.map { ", \(number(UInt64($0))) clients" } ?? ""
    switch part.kind {
    case "network": return "one \(part.name.contains(":") ? "/64" : "/24") (\(part.name)): \(share)\(clients)"
    case "set": return "through \(part.name): \(share)\(clients)"
    case "path": return "for \(part.name): \(share)"
    case "agent": return "as \(part.name): \(share)"
    default: return "\(part.kind) \(part.name): \(share)"
    }
  }

  private func most(_ site: LogsGroup, _ document: LogsDocument) -> Line {
    var first = Line(site.name, .bold)
    let verb = (document.endedAgo ?? site.endedAgo) != nil ? "was" : "is"
    first.append(
      " \(verb) requested most: \(Self.number(site.requests)) of \(Self.number(document.requests)) requests "
        + "(\(Units.percent(site.share))), \(Self.rate(site.ownPerSecond ?? site.requestsPerSecond))")
    if let since = site.first { first.append(", since \(since)") }
    if let ago = document.endedAgo, let last = site.last {
      first.append(", until \(last): the logs end \(Units.duration(ago)) ago", .warning)
    } else if let ago = site.endedAgo, let last = site.last {
      first.append(", until \(last): \(Units.duration(ago)) ago", .warning)
    }
    return first
  }

  private func line(_ visit: LogsVisit, _ site: LogsGroup, _ document: LogsDocument) -> Line {
    if let part = site.parts?.first {
      return Line("most requests \(part.kind == "set" ? "" : "from ")\(Self.share(part))")
    }
    var text =
      "busiest client \(Self.client(visit)): \(Self.number(visit.requests)) requests (\(Units.percent(visit.share)))"
    if let path = visit.path {
      text += " for \(path)"
    } else if let paths = visit.paths, paths > 1 {
      text += " for \(Self.number(UInt64(paths))) paths"
    }
    // If it does not cover the whole time, the text says when it was.
    if let first = visit.first, let last = visit.last, first != document.since || last != document.until {
      text += ", from \(first) to \(last)"
      if let rate = visit.ownPerSecond { text += " (\(Self.rate(rate)))" }
    }
    return Line(text)
  }

  private func line(_ visit: LogsVisit, _ period: LogsPeriod) -> Line {
    var line = Line("regular: ", .warning)
    line.append("\(Self.client(visit)) requests \(visit.site)\(visit.path ?? "") \(Self.text(period))")
    if let agent = visit.agent, agent != "-" { line.append(", user agent \(agent)") }
    if let programs = visit.programs { line.append("; one of \(programs) programs that poll at the same time") }
    for earlier in (visit.earlier ?? []).prefix(3) {
      line.append("; before that every \(Self.seconds(earlier.seconds)), from \(earlier.first) to \(earlier.last)")
    }
    return line
  }

  /// `every 1.0 s (jitter 3.0 %, confidence 0.98), 2 at a time, since 2025-…`.
  public static func text(_ period: LogsPeriod) -> String {
    var text = "every \(seconds(period)) (jitter \(Units.percent(period.jitter)), "
    text += "confidence \(Units.percent(period.confidence)), \(period.count) of \(period.examined) requests examined)"
    if period.pollers > 1 {
      text += ", \(period.pollers) at a time"
      let each = period.seconds / Double(period.pollers)
      if let resolution = period.resolution, each < resolution {
        text += " or one program every \(seconds(each)): the time stamps do not tell"
      }
    }
    if period.missed > 0 { text += ", \(period.missed) missed" }
    return text + ", from \(period.first) to \(period.last)"
  }

  /// The period in seconds, with as many decimals as its requests support: in a short log it may be off by a fraction
  /// of the stamps' resolution.
  public static func seconds(_ period: LogsPeriod) -> String {
    let precision = (period.resolution ?? 0) / Double(max(period.count, 1))
    guard (0..<10).contains(period.seconds), period.count < period.examined, precision > 0.005 else {
      return seconds(period.seconds)
    }
    let tenths = Int((period.seconds * 10).rounded())
    return "\(tenths / 10).\(tenths % 10) s"
  }

  /// The seconds; periods below ten seconds have two decimals.
  public static func seconds(_ value: Double) -> String {
    guard value < 10, value >= 0 else { return Units.duration(value) }
    let hundredths = Int((value * 100).rounded())
    return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100) s"
  }

  /// The client's address, with its address set, and a mark if the address comes from a header that anyone can send.
  public static func client(_ visit: LogsVisit) -> String {
    guard let address = visit.client else { return visit.set.map { "all of \($0)" } ?? "all clients" }
    return client(address, visit.set, visit.claimed, visit.via)
  }

  static func client(_ name: String, _ set: String?, _ claimed: Bool?, _ via: LogsEdge? = nil) -> String {
    var marks: [String] = []
    if let set { marks.append(set) }
    if claimed == true { marks.append("claimed") }
    let text = marks.isEmpty ? name : "\(name) (\(marks.joined(separator: ", ")))"
    guard let via else { return text }
    // One edge is shown by its address, several by their set.
    let edge = [via.set, via.hasOthers && via.set != nil ? nil : via.address].compactMap { $0 }.joined(separator: " ")
    return text + " through \(edge)" + (via.hasOthers && via.set == nil ? " and others" : "")
  }

  /// `1,234,567`
  public static func number(_ value: UInt64) -> String {
    var text = ""
    for (place, digit) in String(value).reversed().enumerated() {
      if place > 0, place % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return String(text.reversed())
  }

  /// The rate per second, or for rare events per minute, hour or day.
  public static func rate(_ perSecond: Double) -> String {
    guard perSecond.isFinite, perSecond >= 0 else { return "-" }
    if perSecond >= 0.1 { return "\(Int((perSecond * 10).rounded()) / 10).\(Int((perSecond * 10).rounded()) % 10)/s" }
    let tenths = { (value: Double) in "\(Int((value * 10).rounded()) / 10).\(Int((value * 10).rounded()) % 10)" }
    if perSecond >= 1.0 / 60 { return "\(tenths(perSecond * 60))/min" }
    if perSecond >= 2.0 / 3600 { return "\(tenths(perSecond * 3600))/h" }
    if perSecond > 0, perSecond * 86400 < 0.5 { return "<1/day" }
    return "\(number(UInt64((perSecond * 86400).rounded())))/day"
  }
}
