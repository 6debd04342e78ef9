public import Flows

/// Begins to read access logs on their host, or to follow them as they grow. `LogsNextQuestion` then asks for the
/// result. A host reads for one caller at a time: a new start ends the previous one.
public struct LogsQuestion: Question {
  public static let name = "logs"
  /// Files and folders on the host; empty for the logs of the proxies and web servers that run there, and the usual
  /// locations.
  public var paths: [String]
  /// Further formats, as texts of nginx's `log_format`, in addition to those that are recognised.
  public var formats: [String]
  /// The start of the window, in seconds since the epoch; nil for no limit.
  public var since: Double?
  public var until: Double?
  /// The number of rows in each list.
  public var top: Int
  /// Address sets in addition to the built-in ones: the text of the prefixes, by the set's name.
  public var sets: [String: String]
  /// Whether to report lines that are added from now on, instead of lines that are there.
  public var follows: Bool
  /// Whether all clients are wanted. The caller then groups them by what it knows about their addresses.
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
  /// A probe can't read standard input, because that is its conversation.
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

/// The answer to `LogsQuestion`: the logs that are read from now on.
public struct LogsStart: Hashable, Sendable, Codable, HostIndependent {
  public struct Series: Hashable, Sendable, Codable {
    public var path: String
    /// The number of its files: the log and its rotated parts.
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
  /// Paths that could not be opened or listed, and why.
  public var failures: [Failure]
  /// Further notes for people about how the logs were found.
  public var notes: [String]

  public init(series: [Series], failures: [Failure], notes: [String]) {
    self.series = series
    self.failures = failures
    self.notes = notes
  }
}

/// Asks for the result once all logs are read; the answer is nil if that takes longer than the given number of seconds.
/// For logs that are followed: asks for the lines added since the last such question, once the given number of seconds
/// has passed since then.
public struct LogsNextQuestion: Question {
  public static let name = "logs-next"
  public var seconds: Double
  /// Whether to stop waiting: the answer is what was read until now.
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

/// The result of reading.
public struct LogsPart: Hashable, Sendable, Codable {
  /// The report. Its times are those of the logs, by the host's own clock.
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
