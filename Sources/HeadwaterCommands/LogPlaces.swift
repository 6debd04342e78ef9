internal import AccessLogs
internal import LinuxSystem

/// Where logs are when nobody says where.
enum LogPlaces {
  /// The folders and files that distributions and container images use. What runs here is not asked yet.
  static let usual = [
    "/var/log/nginx", "/var/log/apache2", "/var/log/httpd", "/var/log/haproxy.log", "/var/log/caddy",
    "/var/log/traefik", "/var/log/envoy", "/data/logs",
  ]

  /// The logs in the usual places.
  static func find() throws -> LogFinder {
    let there = usual.filter { (try? StreamFacts(of: $0)) != nil }
    let finder = LogFinder(there)
    guard !finder.series.isEmpty || !finder.failures.isEmpty else {
      throw CommandFailure(
        .noAnswer,
        "no access logs in the usual places (\(usual.joined(separator: ", "))); name a log or a folder: headwater logs PATH"
      )
    }
    return finder
  }
}
