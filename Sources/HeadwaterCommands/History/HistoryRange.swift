internal import ArgumentParser
internal import History

/// The minutes that a person asks for.
struct HistoryRange: Hashable, Sendable {
  let minutes: Range<Int64>

  /// - Parameters:
  ///   - from: when it began, or a stretch of time; nil for the last hour, or as long as `length` says.
  ///   - now: seconds since 1970.
  init(from: String?, to: String?, length: String?, now: Double) throws {
    let words = TimeWords(now: now)
    let lasting = length.flatMap { TimeWords.length($0) }
    if let length, lasting == nil {
      throw ValidationError("--for: \(length) is no length of time; write for example 90s, 15m, 1h or 2d")
    }
    let start = from.flatMap { words.meaning($0) }
    let end = to.flatMap { words.meaning($0) }
    for (text, meaning) in [(from, start), (to, end)] where meaning == nil {
      if let text { throw ValidationError("\(text) is no time; write for example \(TimeWords.examples)") }
    }
    let whole: Double = lasting ?? 3600
    let limit: Double = end?.start ?? now
    let first: Double = start?.start ?? (limit - whole)
    // A moment alone is the beginning of an hour; a time ago lasts until now.
    let isAgo = from?.hasPrefix("-") == true
    let last: Double
    if let end {
      last = end.start
    } else if let start {
      let usual: Double = isAgo ? now : first + 3600
      last = lasting.map { (seconds: Double) -> Double in first + seconds } ?? start.end ?? usual
    } else {
      last = now
    }
    guard first < now else { throw ValidationError("\(from ?? "") is in the future: there is no history of it yet") }
    let until = min(last, now)
    guard first < until else { throw ValidationError("it ends before it begins") }
    // The minute in which it ends belongs to it.
    minutes = Int64((first / 60).rounded(.down))..<Int64((until / 60).rounded(.up))
  }
}
