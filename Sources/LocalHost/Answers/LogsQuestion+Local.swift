internal import AccessLogs
internal import Flows
internal import LinuxSystem
internal import Questions

extension LogsQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<LogsStart> {
    var formats: [CustomFormat] = []
    for text in self.formats {
      guard var format = CustomFormat(text) else {
        throw LocalRefusal(.failed, "this log_format says neither who asked nor when: \(text)")
      }
      format.isGiven = true
      formats.append(format)
    }
    let finder: LogFinder
    var notes: [String] = []
    var refusals: [LogsStart.Failure] = []
    if paths.isEmpty {
      let places = RunningLogs(host.accessLogs())
      finder = places.finder
      formats += places.formats
      (notes, refusals) = (places.notes, places.refusals)
      // Programs that can't be seen may write logs.
      notes += [ProcessFiles().confinement].compactMap(\.self)
    } else {
      finder = LogFinder(paths)
    }
    let task = LogsTask(self, finder, formats)
    host.following.logs = follows ? try LogsFollowing(task) : try LogsReading(task)
    return Told(
      LogsStart(
        series: finder.series.map { LogsStart.Series(path: $0.path, files: $0.parts.count) },
        failures: finder.failures.map { LogsStart.Failure("\($0)", isDenied: $0.errno.isDenial) }
          + refusals,
        notes: notes))
  }
}

extension LogsNextQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<LogsPart> {
    guard let work = host.following.logs else { throw LocalRefusal(.failed, "no logs are read") }
    return Told(try work.next(within: seconds, isLast: isLast) { host.mustEnd })
  }
}
