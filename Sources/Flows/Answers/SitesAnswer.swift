/// The sites that a process serves, with the recent requests in their access logs.
public struct SitesAnswer: Hashable, Sendable, Codable {
  /// The software's name: `nginx-proxy-manager`, `nginx`, …
  public var software: String
  /// The sites in the order of the configuration.
  public var sites: [ServedSite]
  /// What could not be read, and why.
  public var notes: [String]
  /// The format of each log that has one in the configuration, by the log's path: the text of nginx's `log_format`. Not
  /// sent to other hosts.
  public var formats: [String: String] = [:]
  /// The paths of logs that have requests for other names as well, or for none. Not sent to other hosts.
  public var sharedLogs: Set<String> = []

  private enum CodingKeys: String, CodingKey { case software, sites, notes }

  public init(software: String, sites: [ServedSite] = [], notes: [String] = []) {
    self.software = software
    self.sites = sites
    self.notes = notes
  }

  /// The same answer with all times moved by `seconds`, because the host's clock is off by that much.
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

  /// Marks the sites whose upstream gets other requests as well.
  ///
  /// - Parameter servers: the names of each server that is configured, none for the one that answers for other names, with
  ///   all that its requests are forwarded to.
  public mutating func shareUpstreams(among servers: [(names: [String], upstreams: [String])]) {
    let all = servers.map { (names: Set($0.names), authorities: Set($0.upstreams.map(Self.authority))) }
    for index in sites.indices {
      guard let upstream = sites[index].upstream else { continue }
      let own = Self.authority(upstream)
      if all.contains(where: { $0.authorities.contains(own) && $0.names.isDisjoint(with: sites[index].names) }) {
        sites[index].sharesUpstream = true
      }
    }
  }

  /// `git:3000` of `http://git:3000/path`.
  private static func authority(_ upstream: String) -> Substring {
    let start = upstream.firstRange(of: "://")?.upperBound ?? upstream.startIndex
    return upstream[start...].prefix { $0 != "/" }
  }

  /// The site that answers a request for `name`. A name that is written out takes precedence over a pattern.
  public func site(named name: String) -> ServedSite? {
    sites.first { $0.names.contains { $0.lowercased() == name } }
      ?? sites.filter { $0.matches(name) }.max { $0.longestPattern(for: name) < $1.longestPattern(for: name) }
  }
}

/// One site, as its configuration and its log describe it.
public struct ServedSite: Hashable, Sendable, Codable {
  /// The site's names as written: `git.example.com`, `*.example.com`, `.example.com`; at least one.
  public var names: [String]
  /// The number of the proxy host in Nginx Proxy Manager; nil for other software.
  public var id: Int?
  /// Where the site is configured: `file:line`, inside the process's own root.
  public var configuration: String
  /// The upstream's URL: `http://git:3000`; nil if requests are not forwarded, or to more than one upstream.
  public var upstream: String?
  /// True if requests for other names, or for no name, are forwarded to `upstream` as well; nil if not.
  public var sharesUpstream: Bool?
  /// True if the name comes from the log's file name only, because neither its lines nor a configuration name the site;
  /// nil if not.
  public var isUnnamed: Bool?
  /// The access log's path inside the process's own root.
  public var log: String?
  /// The recent requests in its log; nil if the log could not be read, and `reason` says why.
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

  /// Whether one of the site's names matches `name`. nginx's regular expressions are not evaluated.
  public func matches(_ name: String) -> Bool {
    longestPattern(for: name) > 0
  }

  /// The length of the longest matching name; 0 if none matches.
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

/// The recent requests in a site's access log.
public struct SiteActivity: Hashable, Sendable, Codable {
  /// The start of the period that the log's lines cover, in seconds since 1970, UTC. The period ends now.
  public var began: Double
  public var ended: Double
  /// Requests of all clients.
  public var requests: Int
  /// For the most regular client, if any is regular: seconds between its requests, and the confidence (0 to 1).
  public var period: Double?
  public var periodConfidence: Double?
  /// The clients, busiest first, at most `clientLimit`.
  public var clients: [SiteClient]
  /// How many lines could not be read.
  public var errors: Int
  /// The time of the last request; nil if there was none in that period.
  public var last: Double?
  /// Requests per second in the last minute, or since the log began if that is later.
  public var nowPerSecond: Double?

  public static let clientLimit = 256
  /// How many request times are kept per client, the newest ones.
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

/// One client in a site's access log.
public struct SiteClient: Hashable, Sendable, Codable {
  public var address: IPAddress
  /// Whether the address may come from a header, which any client can set.
  public var isClaimed: Bool
  public var requests: Int
  /// Times of the newest requests, oldest first, in seconds since 1970, UTC. Most logs have whole seconds and the time
  /// when the request ended.
  public var times: [Double]

  public init(address: IPAddress, isClaimed: Bool = false, requests: Int, times: [Double]) {
    self.address = address
    self.isClaimed = isClaimed
    self.requests = requests
    self.times = times
  }
}
