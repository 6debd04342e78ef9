public import Flows

/// What access logs say, in the first lines that somebody at 3 a.m. needs: which site is asked most, by whom, how often,
/// how regularly, since when.
public struct LogsSummary: Sendable {
  public init() {}

  public func lines(_ document: LogsDocument) -> [Line] {
    guard document.requests > 0, let site = document.sites.first else { return [] }
    var lines: [Line] = []
    var first = Line(site.name, .bold)
    first.append(
      " is requested most: \(Self.number(site.requests)) of \(Self.number(document.requests)) requests "
        + "(\(Units.percent(site.share))), \(Self.rate(site.requestsPerSecond))")
    if let since = site.first { first.append(", since \(since)") }
    lines.append(first)
    if let visit = document.visits.first(where: { $0.site == site.name }) { lines.append(line(visit)) }
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

  private func line(_ visit: LogsVisit) -> Line {
    Line(
      "busiest client \(Self.client(visit)): \(Self.number(visit.requests)) requests (\(Units.percent(visit.share)))"
        + (visit.path.map { " for \($0)" } ?? ""))
  }

  private func line(_ visit: LogsVisit, _ period: LogsPeriod) -> Line {
    var line = Line("regular: ", .warning)
    line.append("\(Self.client(visit)) requests \(visit.site)\(visit.path ?? "") \(Self.text(period))")
    if let agent = visit.agent, agent != "-" { line.append(", user agent \(agent)") }
    return line
  }

  /// `every 1.0 s (jitter 3.0 %, confidence 0.98), 2 at a time, since 2025-…`
  public static func text(_ period: LogsPeriod) -> String {
    var text = "every \(seconds(period.seconds)) (jitter \(Units.percent(period.jitter)), "
    text += "confidence \(Units.percent(period.confidence)), \(period.count) of \(period.examined) requests examined)"
    if period.pollers > 1 { text += ", \(period.pollers) at a time" }
    if period.missed > 0 { text += ", \(period.missed) missed" }
    return text + ", from \(period.first) to \(period.last)"
  }

  /// Periods below ten seconds with two decimals.
  public static func seconds(_ value: Double) -> String {
    guard value < 10, value >= 0 else { return Units.duration(value) }
    let hundredths = Int((value * 100).rounded())
    return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100) s"
  }

  /// The address, with the set it is in and whether anybody could have claimed it.
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
    // One edge by its address, several by the set that they are in.
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

  /// Per second where it is often, else per day.
  public static func rate(_ perSecond: Double) -> String {
    guard perSecond.isFinite, perSecond >= 0 else { return "-" }
    if perSecond >= 0.1 { return "\(Int((perSecond * 10).rounded()) / 10).\(Int((perSecond * 10).rounded()) % 10)/s" }
    if perSecond > 0, perSecond * 86400 < 0.5 { return "<1/day" }
    return "\(number(UInt64((perSecond * 86400).rounded())))/day"
  }
}
