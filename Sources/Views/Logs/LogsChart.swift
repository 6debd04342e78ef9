public import Flows

/// Requests over time as a bar chart on one line.
public struct LogsChart: Sendable {
  private static let bars: [String] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
  public var width: Int

  public init(width: Int) { self.width = max(10, min(width, 120)) }

  /// The bars, and below them the times of both ends and the value of the highest bar.
  public func lines(_ series: LogsSeries) -> [Line] {
    guard series.requests.count > 1 else { return [] }
    let factor = (series.requests.count + width - 1) / width
    var sums: [UInt64] = []
    for start in stride(from: 0, to: series.requests.count, by: factor) {
      sums.append(series.requests[start..<min(start + factor, series.requests.count)].reduce(0, +))
    }
    let highest = sums.max() ?? 0
    guard highest > 0 else { return [] }
    let text = sums.map { sum -> String in
      if sum == 0 { return Self.bars[0] }
      return Self.bars[max(1, Int((Double(sum) / Double(highest) * 8).rounded()))]
    }.joined()
    let step = Units.duration(Double(series.seconds) * Double(factor))
    return [
      Line(text, .good),
      Line("from \(series.since), a bar is \(step), the highest \(LogsSummary.number(highest)) requests", .faint),
    ]
  }
}
