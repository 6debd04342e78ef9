internal import AccessLogs
internal import LinuxSystem
internal import Proxies
internal import Questions

/// The logs to read if nobody names any: those of the proxies and web servers that run here, also in containers, and
/// those in the usual places.
struct RunningLogs {
  /// The folders and files that distributions and container images use.
  static let usual = RelayReaders.usualLogs

  let finder: LogFinder
  /// The custom `log_format`s of those logs.
  let formats: [CustomFormat]
  let notes: [String]
  /// What kept logs from being found that may well be there.
  let refusals: [LogsStart.Failure]

  init(_ found: (logs: [FoundLog], notes: [String], refusals: [LogsStart.Failure])) {
    (notes, refusals) = (found.notes, found.refusals)
    // A path that may not be examined is kept, and reading it gives the reason.
    let there = Self.usual.filter { path in
      do throws(SystemError) {
        _ = try StreamFacts(of: path)
        return true
      } catch {
        return !error.errno.isAbsence
      }
    }
    let accesses = Dictionary(found.logs.map { ($0.file, $0.access) }) { first, _ in first }
    var finder = LogFinder(found.logs.map(\.file) + there, accesses: accesses)
    for log in found.logs where !log.sites.isEmpty { finder.name(log.file, site: log.sites[0].lowercased()) }
    self.finder = finder
    formats = Set(found.logs.compactMap(\.format)).sorted().filter { !Self.isKnown($0) }.compactMap { CustomFormat($0) }
  }

  /// Whether lines of this `log_format` are recognised without it.
  private static func isKnown(_ format: String) -> Bool {
    format == NginxLogFormat.combined.text || format.hasPrefix("[$time_local] $upstream_cache_status $upstream_status")
      || format.hasPrefix("[$time_local] - $status - $request_method")
  }
}
