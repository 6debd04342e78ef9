/// What a member of a JSON log line means, by its name: Traefik, Caddy, Envoy, and what people call things in an nginx
/// `log_format` of their own.
struct JSONKey {
  enum Meaning {
    /// Higher ranks win where several are there: the start of a request before the time of logging.
    case time(rank: Int)
    /// The address of the connection.
    case peer
    /// Who the program takes for the client, by headers if it trusts them.
    case client
    /// A header's list of addresses.
    case forwarded
    case site(rank: Int)
    case method
    case target(rank: Int)
    /// A whole first line, or Caddy's object.
    case request
    case headers
    case status
    case upstreamStatus
    case bytes(rank: Int)
    case upstream
    /// How many microseconds its unit has; 0 for a number of Caddy (seconds) or Envoy (milliseconds).
    case duration(unit: Int64)
    case agent
    case marker(LogFormatName)
  }

  let name: StaticString
  let meaning: Meaning

  private static let all: [JSONKey] = [
    .init(name: "StartUTC", meaning: .time(rank: 9)), .init(name: "StartLocal", meaning: .time(rank: 8)),
    .init(name: "start_time", meaning: .time(rank: 7)), .init(name: "ts", meaning: .time(rank: 6)),
    .init(name: "msec", meaning: .time(rank: 5)), .init(name: "time_iso8601", meaning: .time(rank: 4)),
    .init(name: "@timestamp", meaning: .time(rank: 3)), .init(name: "timestamp", meaning: .time(rank: 3)),
    .init(name: "time_local", meaning: .time(rank: 2)), .init(name: "time", meaning: .time(rank: 1)),
    .init(name: "ClientAddr", meaning: .peer), .init(name: "remote_ip", meaning: .peer),
    .init(name: "downstream_remote_address", meaning: .peer), .init(name: "remote_addr", meaning: .peer),
    .init(name: "remoteAddr", meaning: .peer), .init(name: "ClientHost", meaning: .client),
    .init(name: "client_ip", meaning: .client), .init(name: "clientip", meaning: .client),
    .init(name: "client", meaning: .client), .init(name: "x-forwarded-for", meaning: .forwarded),
    .init(name: "http_x_forwarded_for", meaning: .forwarded), .init(name: "x_forwarded_for", meaning: .forwarded),
    .init(name: "RequestHost", meaning: .site(rank: 5)), .init(name: "RequestAddr", meaning: .site(rank: 4)),
    .init(name: ":authority", meaning: .site(rank: 5)), .init(name: "authority", meaning: .site(rank: 5)),
    .init(name: "host", meaning: .site(rank: 3)), .init(name: "http_host", meaning: .site(rank: 4)),
    .init(name: "vhost", meaning: .site(rank: 4)), .init(name: "server_name", meaning: .site(rank: 2)),
    .init(name: "RouterName", meaning: .site(rank: 1)), .init(name: "RequestMethod", meaning: .method),
    .init(name: "method", meaning: .method), .init(name: "request_method", meaning: .method),
    .init(name: "RequestPath", meaning: .target(rank: 5)), .init(name: "uri", meaning: .target(rank: 3)),
    .init(name: "request_uri", meaning: .target(rank: 5)),
    .init(name: "x-envoy-origin-path", meaning: .target(rank: 5)),
    .init(name: "path", meaning: .target(rank: 4)), .init(name: "url", meaning: .target(rank: 2)),
    .init(name: "request", meaning: .request), .init(name: "headers", meaning: .headers),
    .init(name: "DownstreamStatus", meaning: .status), .init(name: "status", meaning: .status),
    .init(name: "response_code", meaning: .status), .init(name: "OriginStatus", meaning: .upstreamStatus),
    .init(name: "upstream_status", meaning: .upstreamStatus),
    .init(name: "DownstreamContentSize", meaning: .bytes(rank: 3)), .init(name: "size", meaning: .bytes(rank: 3)),
    .init(name: "bytes_sent", meaning: .bytes(rank: 2)), .init(name: "body_bytes_sent", meaning: .bytes(rank: 3)),
    .init(name: "ServiceAddr", meaning: .upstream), .init(name: "upstream_host", meaning: .upstream),
    .init(name: "upstream_addr", meaning: .upstream), .init(name: "Duration", meaning: .duration(unit: -1000)),
    .init(name: "duration", meaning: .duration(unit: 0)),
    .init(name: "request_time", meaning: .duration(unit: 1_000_000)),
    .init(name: "request_User-Agent", meaning: .agent), .init(name: "User-Agent", meaning: .agent),
    .init(name: "user-agent", meaning: .agent), .init(name: "http_user_agent", meaning: .agent),
    .init(name: "user_agent", meaning: .agent), .init(name: "agent", meaning: .agent),
    .init(name: "entryPointName", meaning: .marker(.traefikJSON)),
    .init(name: "ServiceName", meaning: .marker(.traefikJSON)),
    .init(name: "resp_headers", meaning: .marker(.caddyJSON)),
    .init(name: "response_flags", meaning: .marker(.envoyJSON)),
    .init(name: "upstream_cluster", meaning: .marker(.envoyJSON)),
  ]

  /// The keys by length and first byte, so that most names of a line are compared with nothing.
  private static let index: [UInt16: [JSONKey]] = Dictionary(grouping: all) {
    UInt16($0.name.utf8CodeUnitCount) << 8 | UInt16($0.name.utf8Start[0])
  }

  /// What the member named in `line` from `start` up to `end` means; nil if nothing that is asked for.
  static func meaning(_ line: LineBytes, _ start: Int, _ end: Int) -> Meaning? {
    let length = end - start
    guard (2...32).contains(length) else { return nil }
    let candidates = index[UInt16(length) << 8 | UInt16(line[start])]
    return candidates?.first { line.has($0.name, at: start) }?.meaning
  }
}
