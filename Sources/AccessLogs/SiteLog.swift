public import Flows
internal import Rhythm

/// The end of an access log, as far back as it is read: which client asked for which site, and when.
public struct SiteLog {
  private struct Request {
    let site: String?
    let client: IPAddress?
    let isClaimed: Bool
    let path: String?
    let time: Double
  }

  private let requests: [Request]
  private let errors: Int
  /// What times are rounded down to, in seconds.
  private let resolution: Double
  private let began: Double
  private let ended: Double
  /// Whether the log is younger than the period in question, so that its rate refers to its own age.
  private let isYoung: Bool
  /// Whether it covers the whole period in question.
  public let isWhole: Bool

  /// How many bytes of a log's end are read at first, and at most.
  public static let firstLength = 256 << 10
  public static let longestLength = 16 << 20
  /// For how many paths a period is searched.
  private static let pathLimit = 8
  /// The shortest time over which a rate is computed, in seconds. Over less, a few recent requests would give any rate.
  private static let leastSeconds = 60.0

  /// - Parameters:
  ///   - tail: the end of the log; a line that is truncated at its start is left out.
  ///   - isCut: whether the log has more before it.
  ///   - format: the text of nginx's `log_format`, if it is known.
  ///   - seconds: older requests are left out.
  ///   - now: nil for the time of the newest line, in a recording.
  public init(_ tail: [UInt8], isCut: Bool, format: String?, seconds: Double, now: Double?) {
    let formats = [format.flatMap { CustomFormat($0) }].compactMap { $0 }
    var requests: [Request] = []
    var (errors, hasSubseconds) = (0, true)
    var lines = tail.split(separator: UInt8(ascii: "\n"))
    if isCut { lines = Array(lines.dropFirst()) }
    for line in lines {
      do throws(LogLine.Failure) {
        let found = try LogLine(Array(line), formats: formats)
        hasSubseconds = hasSubseconds && found.hasSubseconds
        requests.append(
          Request(
            site: found.site?.lowercased(), client: found.client.flatMap { IPAddress($0) }, isClaimed: found.isClaimed,
            path: found.path,
            time: found.time))
      } catch {
        if error == .unreadable { errors += 1 }
      }
    }
    // Lines are written when requests end, but their order in a log may differ a little.
    requests.sort { $0.time < $1.time }
    let end = now ?? requests.last?.time ?? 0
    isWhole = !isCut || requests.first.map { $0.time < end - seconds } ?? false
    // A truncated log that begins within the period has nothing of the time before.
    let start = max(end - seconds, isCut ? requests.first?.time ?? end - seconds : end - seconds)
    self.requests = requests.filter { $0.time >= start && $0.time <= end + 1 }
    // A log that is 34 s old has no rate over ten minutes. (Times have whole seconds, so the first request may be up to
    // a second older.)
    isYoung = !isCut && (requests.first.map { $0.time > end - seconds } ?? false)
    began = isYoung ? max(start, requests.first?.time ?? start) : start
    ended = end
    self.errors = errors
    resolution = hasSubseconds && !requests.isEmpty ? 0.001 : 1
  }

  /// Whether `text` contains a line of an access log.
  public static func hasRequests(_ text: [UInt8]) -> Bool {
    text.split(separator: UInt8(ascii: "\n")).suffix(200).contains { line in
      do throws(LogLine.Failure) {
        _ = try LogLine(Array(line))
        return true
      } catch {
        return false
      }
    }
  }

  /// The sites that its lines name, the busiest first, and whether there are lines that name no site.
  public var names: (sites: [String], hasUnnamed: Bool) {
    var counts: [String: Int] = [:]
    for request in requests { if let site = request.site { counts[site, default: 0] += 1 } }
    let sites = counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map(\.key)
    return (sites, requests.contains { $0.site == nil })
  }

  /// The activity of `site`, to which all lines belong, because they name no site.
  public func activity(ofUnnamed site: ServedSite) -> SiteActivity? { activity(of: site, isOnlySite: true) }

  /// The activity of `site`; nil if the log does not show it.
  ///
  /// - Parameter isOnlySite: whether no other site logs there, so that lines without a name belong to this one.
  public func activity(of site: ServedSite, isOnlySite: Bool) -> SiteActivity? {
    let own = requests.filter { request in
      guard !isOnlySite else { return true }
      return request.site.map(site.matches) ?? false
    }
    if own.isEmpty, !isOnlySite, !requests.isEmpty, requests.allSatisfy({ $0.site == nil }) { return nil }
    return activity(from: own)
  }

  /// The activity of each name that lines give, the most requested first, at most `limit`. A client may ask for any name: one
  /// that looks like a pattern stands for itself only, and is left out.
  public func activities(limit: Int) -> [(site: String, activity: SiteActivity)] {
    let groups = Dictionary(grouping: requests.filter { $0.site != nil }) { $0.site ?? "" }
    return groups.filter { !$0.key.hasPrefix("*") && !$0.key.hasPrefix(".") }
      .sorted { ($0.value.count, $1.key) > ($1.value.count, $0.key) }.prefix(limit)
      .map { ($0.key, activity(from: $0.value)) }
  }

  private func activity(from own: [Request]) -> SiteActivity {
    var clients: [IPAddress: SiteClient] = [:]
    for request in own {
      guard let address = request.client else { continue }
      var client = clients[address] ?? SiteClient(address: address, isClaimed: false, requests: 0, times: [])
      client.isClaimed = client.isClaimed || request.isClaimed
      client.requests += 1
      client.times.append(request.time)
      clients[address] = client
    }
    let last = own.last?.time
    // A few requests in a young log do not give a rate per second.
    let since = isYoung && own.count < 5 ? min(began, ended - Self.leastSeconds) : began
    let lately = max(since, ended - Self.leastSeconds)
    let busiest = clients.values.sorted { ($0.requests, $1.address) > ($1.requests, $0.address) }
    let period = period(of: own)
    var activity = SiteActivity(
      began: since, ended: ended, requests: own.count, period: period.map { ($0.seconds * 100).rounded() / 100 },
      periodConfidence: period?.confidence,
      clients: busiest.prefix(SiteActivity.clientLimit).map { client in
        var client = client
        client.times = client.times.suffix(SiteActivity.timeLimit)
        return client
      }, errors: errors)
    activity.last = last
    if ended - lately >= 1 {
      activity.nowPerSecond = Double(own.count { $0.time > lately }) / (ended - lately)
    }
    return activity
  }
}

extension SiteLog {
  /// The most regular period in `requests`. Each path is examined separately, because people's requests hide a
  /// poller's, and then all of them.
  private func period(of requests: [Request]) -> Period? {
    let paths = Dictionary(grouping: requests) { $0.path ?? "" }.values.sorted { $0.count > $1.count }
    let parts = paths.count > 1 ? Array(paths.prefix(Self.pathLimit)) + [requests] : [requests]
    // The first of those that explain as much: a single path before all together.
    return parts.compactMap { Rhythm.pollers(in: $0.map(\.time), resolution: resolution).first }
      .reduce(nil) { best, next in (best.map { next.count > $0.count * 5 / 4 } ?? true) ? next : best }
  }
}

extension SitesAnswer {
  /// Adds what the logs say to the sites; each log is read once.
  ///
  /// - Parameter read: returns the end of the log at a path, or why it can't be read.
  public mutating func addActivity(_ read: (_ path: String, _ format: String?) -> Result<SiteLog, LogProblem>) {
    let users = Dictionary(grouping: sites.compactMap(\.log)) { $0 }.mapValues(\.count)
    var logs: [String: Result<SiteLog, LogProblem>] = [:]
    for index in sites.indices {
      guard let path = sites[index].log else { continue }
      let log = logs[path] ?? read(path, formats[path])
      logs[path] = log
      switch log {
      case .success(let log):
        sites[index].activity = log.activity(
          of: sites[index], isOnlySite: users[path] == 1 && !sharedLogs.contains(path))
        if sites[index].activity == nil {
          sites[index].reason =
            sharedLogs.contains(path)
            ? "requests for other names are in its log as well, whose lines do not name them"
            : "\(users[path] ?? 0) sites share its log, whose lines do not name them"
        }
      case .failure(let problem): sites[index].reason = problem.description
      }
    }
  }
}

/// Why a log could not be read.
public struct LogProblem: Error, CustomStringConvertible {
  public let description: String

  public init(description: String) { self.description = description }
}
