/// The sites that a process serves, and what its access logs say of them lately.
public struct SitesAnswer: Hashable, Sendable, Codable {
  /// `nginx-proxy-manager`, `nginx`, …
  public var software: String
  /// In the order of the configuration.
  public var sites: [ServedSite]
  /// What could not be read, and why.
  public var notes: [String]
  /// How the lines of a log are made, by its path, where the configuration says so: the text of nginx's `log_format`. It is not
  /// sent to other hosts.
  public var formats: [String: String] = [:]

  private enum CodingKeys: String, CodingKey { case software, sites, notes }

  public init(software: String, sites: [ServedSite] = [], notes: [String] = []) {
    self.software = software
    self.sites = sites
    self.notes = notes
  }

  /// The same with other times: the host's clock is off by that many seconds.
  public func shifted(by seconds: Double) -> SitesAnswer {
    var result = self
    for site in result.sites.indices {
      guard var activity = result.sites[site].activity else { continue }
      activity.began += seconds
      activity.ended += seconds
      activity.last = activity.last.map { $0 + seconds }
      for client in activity.clients.indices {
        for time in activity.clients[client].times.indices { activity.clients[client].times[time] += seconds }
      }
      result.sites[site].activity = activity
    }
    return result
  }

  /// The site that a request for `name` is answered by; a name that is written out goes before patterns.
  public func site(named name: String) -> ServedSite? {
    sites.first { $0.names.contains { $0.lowercased() == name } }
      ?? sites.filter { $0.matches(name) }.max { $0.longestPattern(for: name) < $1.longestPattern(for: name) }
  }
}

/// One site, by its configuration and by its log.
public struct ServedSite: Hashable, Sendable, Codable {
  /// As written: `git.example.com`, `*.example.com`, `.example.com`; at least one.
  public var names: [String]
  /// The number of Nginx Proxy Manager's proxy host.
  public var id: Int?
  /// `file:line`, inside the process's own root.
  public var configuration: String
  /// `http://git:3000`; nil if it is not forwarded, or to several places.
  public var upstream: String?
  /// The access log's path inside the process's own root.
  public var log: String?
  /// Nil if the log could not be read; `reason` says why.
  public var activity: SiteActivity?
  public var reason: String?

  public init(
    names: [String], id: Int? = nil, configuration: String, upstream: String? = nil, log: String? = nil,
    activity: SiteActivity? = nil, reason: String? = nil
  ) {
    self.names = names
    self.id = id
    self.configuration = configuration
    self.upstream = upstream
    self.log = log
    self.activity = activity
    self.reason = reason
  }

  /// Whether one of the names is, or stands for, `name`. nginx's regular expressions are not tried.
  public func matches(_ name: String) -> Bool {
    longestPattern(for: name) > 0
  }

  /// The length of the longest name that fits; 0 if none does.
  func longestPattern(for name: String) -> Int {
    names.map { pattern in
      let pattern = pattern.lowercased()
      if pattern == name { return name.utf8.count + 1 }
      if pattern.hasPrefix("*."), name.hasSuffix(pattern.dropFirst()) { return pattern.utf8.count }
      if pattern.hasPrefix("."), name.hasSuffix(pattern) || name == pattern.dropFirst() { return pattern.utf8.count }
      return 0
    }.max() ?? 0
  }
}

/// What a site's access log says of the last while.
public struct SiteActivity: Hashable, Sendable, Codable {
  /// Seconds since 1970, UTC: the time that the lines looked at span, whose end is now.
  public var began: Double
  public var ended: Double
  /// Of all clients.
  public var requests: Int
  /// The most regular client's, if any is regular: seconds, and 0 to 1.
  public var period: Double?
  public var periodConfidence: Double?
  /// Busiest first, at most `clientLimit`.
  public var clients: [SiteClient]
  /// Lines that were not understood.
  public var errors: Int
  /// The last request; nil if there was none in that time.
  public var last: Double?
  /// In the last minute, or since the log began.
  public var nowPerSecond: Double?

  public static let clientLimit = 256
  /// Times are kept for so many requests of a client, the newest.
  public static let timeLimit = 1024

  public init(
    began: Double, ended: Double, requests: Int, period: Double? = nil, periodConfidence: Double? = nil,
    clients: [SiteClient] = [], errors: Int = 0
  ) {
    self.began = began
    self.ended = ended
    self.requests = requests
    self.period = period
    self.periodConfidence = periodConfidence
    self.clients = clients
    self.errors = errors
  }

  public var requestsPerSecond: Double? { ended > began ? Double(requests) / (ended - began) : nil }
}

/// One client of a site.
public struct SiteClient: Hashable, Sendable, Codable {
  public var address: IPAddress
  /// Whether the address may be what a header said, which anybody can send.
  public var isClaimed: Bool
  public var requests: Int
  /// Seconds since 1970, UTC, of the newest requests, oldest first. One-second steps in most logs; a request's end.
  public var times: [Double]

  public init(address: IPAddress, isClaimed: Bool = false, requests: Int, times: [Double]) {
    self.address = address
    self.isClaimed = isClaimed
    self.requests = requests
    self.times = times
  }
}
