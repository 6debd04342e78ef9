public import Flows

/// Begins to read access logs on their host, or to follow them as they grow; `LogsNextQuestion` asks what they say. A host
/// reads for one at a time: a new beginning ends the one before it.
public struct LogsQuestion: Question {
  public static let name = "logs"
  /// Files and folders there; empty: the logs of the proxies and web servers that run there, and the usual places.
  public var paths: [String]
  /// nginx's `log_format` texts, beside those that are recognised.
  public var formats: [String]
  /// The window, in seconds since the epoch; nil is open.
  public var since: Double?
  public var until: Double?
  /// Rows of each list.
  public var top: Int
  /// Sets of addresses beside the built-in ones, as texts of prefixes.
  public var sets: [String: String]
  /// Whether to tell what is added from now on, rather than what is there.
  public var follows: Bool
  /// Whether all clients are wanted, to put them together by what the one who asks knows of their addresses.
  public var wantsClients: Bool

  public init(
    _ paths: [String], formats: [String] = [], since: Double? = nil, until: Double? = nil, top: Int = 20,
    sets: [String: [Prefix]] = [:], follows: Bool = false, wantsClients: Bool = false
  ) {
    self.paths = paths
    self.formats = formats
    self.since = since
    self.until = until
    self.top = top
    self.sets = sets.mapValues { $0.map(\.description).joined(separator: " ") }
    self.follows = follows
    self.wantsClients = wantsClients
  }

  public var scope: Scope<LogsStart> { .host(0) }
  public var asAsked: Self { self }
  /// A probe's own input is its conversation.
  public var objection: String? {
    if paths.contains("-") { return "standard input is for logs of this host" }
    if paths.count > Self.pathLimit { return "more than \(Self.pathLimit) paths" }
    return (1...100_000).contains(top) ? nil : "not a number of rows: \(top)"
  }
  public var description: String {
    paths.isEmpty ? "find access logs" : "read the access logs \(paths.prefix(3).joined(separator: ", "))"
  }

  public static let pathLimit = 4096
}

/// The logs that are read from now on.
public struct LogsStart: Hashable, Sendable, Codable, HostIndependent {
  public struct Series: Hashable, Sendable, Codable {
    public var path: String
    /// It and its rotated parts.
    public var files: Int

    public init(path: String, files: Int) {
      self.path = path
      self.files = files
    }
  }

  public struct Failure: Hashable, Sendable, Codable, CustomStringConvertible {
    public var description: String
    public var isDenied: Bool

    public init(_ description: String, isDenied: Bool) {
      self.description = description
      self.isDenied = isDenied
    }
  }

  public var series: [Series]
  /// Paths that could not be looked at.
  public var failures: [Failure]
  /// What else is to be known of how they were found.
  public var notes: [String]

  public init(series: [Series], failures: [Failure], notes: [String]) {
    self.series = series
    self.failures = failures
    self.notes = notes
  }
}

/// What the logs say, as soon as all of them are read; nil if that takes more than so many seconds. Of logs that are
/// followed: what was added since the last time this was asked, once so many seconds have passed since then.
public struct LogsNextQuestion: Question {
  public static let name = "logs-next"
  public var seconds: Double
  /// Whether nobody wants to wait any longer: what was read until now is the answer.
  public var isLast: Bool

  public init(within seconds: Double, isLast: Bool = false) {
    self.seconds = max(0, min(seconds, Questions.longestWindow))
    self.isLast = isLast
  }

  public var scope: Scope<LogsPart> { .host(0) }
  public var asAsked: Self { self }
  public var window: Double { seconds }
  public var objection: String? { Questions.objection(toWindow: seconds, from: 0) }
  public var description: String { "tell what the logs say" }
}

/// What was read.
public struct LogsPart: Hashable, Sendable, Codable {
  /// Times are those of the logs, by the host's own clock.
  public var document: LogsDocument?
  /// All clients, if they were wanted.
  public var clients: [LogsClient]?

  public init(_ document: LogsDocument? = nil, clients: [LogsClient]? = nil) {
    self.document = document
    self.clients = clients
  }
}

extension LogsPart: HostRelative {
  public func called(_ name: String) -> Self {
    var copy = self
    copy.document?.host = name
    return copy
  }
  public func on(host number: Int) -> Self { self }
  public func shifted(by seconds: Double) -> Self { self }
  public var tellsTime: Bool { false }
  public func withoutSecrets() -> Self { self }
}
