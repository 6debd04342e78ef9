/// The period that logs cover, found from the first and last lines of their files.
public struct LogSpan: Sendable {
  /// The period's limits in seconds since the epoch.
  public let first: Double
  public let last: Double

  /// For compressed files only the modification time is used. Nil if nothing is known.
  public init?(_ series: [LogSeries], formats: [CustomFormat]) {
    var first = Double.infinity
    var last = -Double.infinity
    // A few files are enough.
    let parts = series.lazy.flatMap { one in one.parts.map { (part: $0, access: one.access) } }
    for (part, access) in parts.prefix(200) where part.path != "-" {
      // A file that can't be read is ignored here; reading it later gives the reason.
      if let ends = (try? TimeSearch.ends(of: part.path, as: access, formats: formats)) ?? nil {
        first = min(first, Double(ends.first) / 1000)
        last = max(last, Double(ends.last) / 1000)
      } else if part.isCompressed, part.modified > 0 {
        first = min(first, part.modified)
        last = max(last, part.modified)
      }
    }
    guard last > first else { return nil }
    self.first = first
    self.last = last
  }
}
