internal import AccessLogs
internal import Clues
internal import LinuxSystem
internal import LocalHost
internal import Views

/// Where logs are when nobody says where.
struct LogPlaces {
  /// The folders and files that distributions and container images use.
  static let usual = RelayReaders.usualLogs

  let finder: LogFinder
  /// nginx's own formats of those logs.
  let formats: [CustomFormat]

  /// The logs of the proxies and web servers that run here, in containers too, and those in the usual places.
  init() throws {
    let vantage = try LocalVantage(isIdle: true, environment: ProcessExit.environment)
    let found = vantage.accessLogs()
    for note in found.notes { Console.report("\(note)") }
    let there = Self.usual.filter { (try? StreamFacts(of: $0)) != nil }
    let accesses = Dictionary(found.logs.map { ($0.file, $0.access) }) { first, _ in first }
    var finder = LogFinder(found.logs.map(\.file) + there, accesses: accesses)
    for log in found.logs where !log.sites.isEmpty { finder.name(log.file, site: log.sites[0].lowercased()) }
    self.finder = finder
    formats = Set(found.logs.compactMap(\.format)).sorted().filter { !Self.isKnown($0) }.compactMap { CustomFormat($0) }
    guard !finder.series.isEmpty || !finder.failures.isEmpty else {
      throw CommandFailure(
        .noAnswer,
        "no running proxy or web server has an access log, and none is in the usual folders"
          + " (\(Self.usual.joined(separator: ", "))); name a log or a folder: headwater logs PATH")
    }
  }

  /// Whether lines of this `log_format` are recognised without it.
  private static func isKnown(_ format: String) -> Bool {
    format == NginxLogFormat.combined.text || format.hasPrefix("[$time_local] $upstream_cache_status $upstream_status")
      || format.hasPrefix("[$time_local] - $status - $request_method")
  }
}
