internal import Flows

/// What must be said of where the lines come from: zones, and lines that are there twice.
extension LogSurvey {
  func addOrigins(to document: inout LogsDocument) {
    for report in reports where report.counts.zoneless > 0 {
      switch report.zone {
      case .own(let offset):
        document.notes.append(
          "times of \(report.path) say no zone: they are taken as this host's (\(Self.zone(offset))), and are off if it was"
            + " written elsewhere")
      case .concluded(let offset):
        document.notes.append(
          "times of \(report.path) say no zone: by the file's last change they are of \(Self.zone(offset))")
      case .ahead(let seconds):
        document.notes.append(
          "times of \(report.path) say no zone, and are up to \(Self.hours(seconds)) after the file's last change: it was written in"
            + " another zone than this host's, so all of them are off")
      case nil: break
      }
    }
    for report in reports where report.counts.repeated > 0 {
      document.notes.append(
        "\(report.counts.repeated) lines of \(report.path) stand in it twice, as two outputs of one log have them: they are"
          + " counted once")
    }
  }

  /// `UTC+08:00`
  private static func zone(_ seconds: Int64) -> String {
    let minutes = abs(seconds) / 60
    let two = { (value: Int64) in value < 10 ? "0\(value)" : "\(value)" }
    return "UTC\(seconds < 0 ? "-" : "+")\(two(minutes / 60)):\(two(minutes % 60))"
  }

  /// `8 h 0 min`
  private static func hours(_ seconds: Double) -> String {
    let minutes = Int(seconds / 60)
    return minutes < 60 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
  }
}
