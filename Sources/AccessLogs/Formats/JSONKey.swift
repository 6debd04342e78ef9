/// The meaning of a member in a JSON log line, by its name: those of Traefik, Caddy, Envoy, and usual names in people's
/// own nginx `log_format`s.
struct JSONKey: Sendable {
  /// The object in which a name has its meaning.
  enum Parent: UInt8, Sendable {
    case root, headers, http, httpRequest, httpResponse, body, url, address, agent, properties, google, event, response
  }

  enum Meaning: Sendable {
    /// If there are several times, the one with the highest rank wins: the request's start before the time of logging.
    case time(rank: Int)
    /// The address of the connection.
    case peer
    /// The client as the program sees it, from headers if it trusts them.
    case client
    /// A header's address or list of addresses. Of several headers, the one with the highest rank wins.
    case forwarded(rank: Int)
    case site(rank: Int)
    case method
    /// A method in Logstash's words, where `host` is the host that sent the log.
    case shippedMethod
    case target(rank: Int)
    /// A complete request line, or Caddy's object.
    case request
    /// An object whose members are read.
    case object(Parent)
    /// A text, or else an object whose members are read.
    indirect case either(Meaning, Parent)
    /// A line that a collector wrapped.
    case text
    /// The severity of a message, which shows that the line is a message of the program.
    case level
    /// The type of a DNS question.
    case questionType
    /// A name that only entries of a journal have.
    case journal
    case status
    /// A status in the words of Fluentd's parsers, where `host` may be the client.
    case parsedStatus
    case upstreamStatus
    case bytes(rank: Int)
    case upstream
    /// A duration; `unit` is the number of microseconds in its unit. 0 stands for a number of Caddy (seconds) or Envoy
    /// (milliseconds).
    case duration(unit: Int64)
    case agent
    case marker(LogFormatName)
  }

  let name: StaticString
  let meaning: Meaning

  private init(_ name: StaticString, _ meaning: Meaning) {
    self.name = name
    self.meaning = meaning
  }

  private static let parents: [(Parent, [JSONKey])] = [
    (.root, times + peers + sites + targets + results + markers + wrappers + elastic), (.headers, headers),
    (.http, [.init("request", .object(.httpRequest)), .init("response", .object(.httpResponse))]),
    (.httpRequest, [.init("method", .method)]),
    (
      .httpResponse,
      [.init("status_code", .status), .init("bytes", .bytes(rank: 1)), .init("body", .object(.body))]
    ), (.body, [.init("bytes", .bytes(rank: 2))]),
    (
      .url,
      [
        .init("path", .target(rank: 6)), .init("original", .target(rank: 4)), .init("full", .target(rank: 3)),
        .init("domain", .site(rank: 5)),
      ]
    ), (.address, [.init("ip", .peer), .init("address", .peer)]), (.agent, [.init("original", .agent)]),
    (.google, google), (.properties, azure), (.event, [.init("original", .text)]),
    (.response, [.init("statusCode", .status), .init("status", .status)]),
  ]

  private static let times: [JSONKey] = [
    .init("StartUTC", .time(rank: 9)), .init("StartLocal", .time(rank: 8)), .init("EdgeStartTimestamp", .time(rank: 8)),
    .init("start_time", .time(rank: 7)), .init("ts", .time(rank: 6)), .init("msec", .time(rank: 5)),
    .init("time_iso8601", .time(rank: 4)), .init("T", .time(rank: 4)), .init("@timestamp", .time(rank: 3)),
    .init("timestamp", .time(rank: 3)), .init("timeStamp", .time(rank: 3)), .init("time_local", .time(rank: 2)),
    .init("time", .time(rank: 1)), .init("__REALTIME_TIMESTAMP", .time(rank: 1)), .init("date", .time(rank: 1)),
    .init("datetime", .time(rank: 1)),
  ]

  private static let peers: [JSONKey] = [
    .init("ClientAddr", .peer), .init("remote_ip", .peer), .init("downstream_remote_address", .peer),
    .init("remote_addr", .peer), .init("remoteAddr", .peer), .init("remoteAddress", .peer), .init("ClientIP", .peer),
    .init("IP", .peer), .init("remote", .peer), .init("ClientHost", .client), .init("client_ip", .client),
    .init("clientip", .client),
    .init("client", .either(.client, .address)), .init("source", .object(.address)),
    .init("x-forwarded-for", .forwarded(rank: 1)), .init("http_x_forwarded_for", .forwarded(rank: 1)),
    .init("x_forwarded_for", .forwarded(rank: 1)), .init("request_X-Forwarded-For", .forwarded(rank: 1)),
    .init("X-Forwarded-For", .forwarded(rank: 1)), .init("http_x_real_ip", .forwarded(rank: 2)),
    .init("request_X-Real-Ip", .forwarded(rank: 2)), .init("x-real-ip", .forwarded(rank: 2)),
    .init("http_cf_connecting_ip", .forwarded(rank: 3)), .init("request_Cf-Connecting-Ip", .forwarded(rank: 3)),
    .init("cf-connecting-ip", .forwarded(rank: 3)), .init("http_true_client_ip", .forwarded(rank: 3)),
  ]

  private static let sites: [JSONKey] = [
    .init("RequestHost", .site(rank: 5)), .init("RequestAddr", .site(rank: 4)), .init(":authority", .site(rank: 5)),
    .init("authority", .site(rank: 5)), .init("ClientRequestHost", .site(rank: 5)), .init("host", .site(rank: 3)),
    .init("http_host", .site(rank: 4)), .init("vhost", .site(rank: 4)), .init("server_name", .site(rank: 2)),
    .init("RouterName", .site(rank: 1)), .init("QH", .site(rank: 6)), .init("domain", .site(rank: 4)),
  ]

  private static let targets: [JSONKey] = [
    .init("RequestMethod", .method), .init("method", .method), .init("verb", .shippedMethod),
    .init("request_method", .method),
    .init("ClientRequestMethod", .method), .init("RequestPath", .target(rank: 5)), .init("uri", .target(rank: 3)),
    .init("request_uri", .target(rank: 5)), .init("x-envoy-origin-path", .target(rank: 5)),
    .init("path", .target(rank: 4)), .init("ClientRequestURI", .target(rank: 5)),
    .init("ClientRequestPath", .target(rank: 4)), .init("url", .either(.target(rank: 2), .url)),
    .init("request", .either(.request, .root)), .init("req", .object(.root)), .init("headers", .object(.headers)),
    .init("QT", .questionType),
  ]

  private static let results: [JSONKey] = [
    .init("DownstreamStatus", .status), .init("status", .status), .init("response", .either(.status, .response)),
    .init("code", .parsedStatus), .init("response_code", .status),
    .init("EdgeResponseStatus", .status), .init("res", .object(.response)), .init("OriginStatus", .upstreamStatus),
    .init("upstream_status", .upstreamStatus), .init("OriginResponseStatus", .upstreamStatus),
    .init("DownstreamContentSize", .bytes(rank: 3)), .init("size", .bytes(rank: 3)),
    .init("bytes_sent", .bytes(rank: 2)), .init("bytes", .bytes(rank: 1)), .init("body_bytes", .bytes(rank: 1)),
    .init("bytes_out", .bytes(rank: 1)), .init("response_size", .bytes(rank: 1)),
    .init("body_bytes_sent", .bytes(rank: 3)), .init("EdgeResponseBytes", .bytes(rank: 3)),
    .init("ServiceAddr", .upstream), .init("upstream_host", .upstream), .init("upstream_addr", .upstream),
    .init("OriginIP", .upstream), .init("Duration", .duration(unit: -1000)), .init("duration", .duration(unit: 0)),
    .init("request_time", .duration(unit: 1_000_000)), .init("request_User-Agent", .agent), .init("User-Agent", .agent),
    .init("user-agent", .agent), .init("http_user_agent", .agent), .init("user_agent", .either(.agent, .agent)),
    .init("agent", .agent), .init("ClientRequestUserAgent", .agent),
  ]

  private static let markers: [JSONKey] = [
    .init("entryPointName", .marker(.traefikJSON)), .init("ServiceName", .marker(.traefikJSON)),
    .init("resp_headers", .marker(.caddyJSON)), .init("response_flags", .marker(.envoyJSON)),
    .init("upstream_cluster", .marker(.envoyJSON)), .init("RayID", .marker(.cloudflare)),
    .init("EdgeColoCode", .marker(.cloudflare)), .init("QC", .marker(.adGuard)),
    .init("httpRequest", .object(.google)), .init("properties", .object(.properties)),
    .init("__CURSOR", .journal), .init("_BOOT_ID", .journal),
  ]

  /// Collectors: Docker, the journal, Fluentd, Vector, Filebeat, CloudWatch, Google's, Loki.
  private static let wrappers: [JSONKey] = [
    .init("log", .text), .init("message", .text), .init("MESSAGE", .text), .init("msg", .text), .init("line", .text),
    .init("@message", .text), .init("textPayload", .text), .init("jsonPayload", .object(.root)),
    .init("event", .either(.text, .event)), .init("level", .level), .init("severity", .level), .init("lvl", .level),
    .init("levelname", .level),
  ]

  /// Elastic's common schema, with flat names or with objects.
  private static let elastic: [JSONKey] = [
    .init("http", .object(.http)), .init("http.request.method", .method), .init("url.path", .target(rank: 6)),
    .init("url.original", .target(rank: 4)), .init("url.domain", .site(rank: 5)), .init("source.ip", .peer),
    .init("source.address", .peer), .init("client.ip", .peer), .init("client.address", .peer),
    .init("http.response.status_code", .status), .init("http.response.body.bytes", .bytes(rank: 3)),
    .init("user_agent.original", .agent),
  ]

  /// A request's headers in Caddy's form: lists with one text.
  private static let headers: [JSONKey] = [
    .init("User-Agent", .agent), .init("user-agent", .agent), .init("X-Forwarded-For", .forwarded(rank: 1)),
    .init("x-forwarded-for", .forwarded(rank: 1)), .init("X-Real-Ip", .forwarded(rank: 2)),
    .init("Cf-Connecting-Ip", .forwarded(rank: 3)), .init("True-Client-Ip", .forwarded(rank: 3)),
  ]

  /// Google's load balancers.
  private static let google: [JSONKey] = [
    .init("requestMethod", .method), .init("requestUrl", .target(rank: 5)), .init("status", .status),
    .init("responseSize", .bytes(rank: 3)), .init("remoteIp", .peer), .init("userAgent", .agent),
    .init("latency", .duration(unit: 1_000_000)), .init("serverIp", .upstream),
  ]

  /// Azure's Application Gateway and Front Door, where the socket's address is that of the connecting client.
  private static let azure: [JSONKey] = [
    .init("clientIP", .peer), .init("socketIp", .peer), .init("clientIp", .client), .init("httpMethod", .method),
    .init("requestUri", .target(rank: 5)), .init("httpStatus", .status), .init("httpStatusCode", .status),
    .init("sentBytes", .bytes(rank: 3)), .init("responseBytes", .bytes(rank: 3)), .init("userAgent", .agent),
    .init("host", .site(rank: 3)), .init("hostName", .site(rank: 4)), .init("originalHost", .site(rank: 5)),
    .init("timeTaken", .duration(unit: 1_000_000)), .init("serverRouted", .upstream),
  ]

  /// The keys by object, length and first byte, so that most names in a line need no comparison.
  private static let index: [UInt32: [JSONKey]] = {
    var index: [UInt32: [JSONKey]] = [:]
    for (parent, keys) in parents {
      for key in keys {
        index[slot(parent, key.name.utf8CodeUnitCount, key.name.utf8Start[0]), default: []].append(key)
      }
    }
    return index
  }()

  @inline(__always)
  private static func slot(_ parent: Parent, _ length: Int, _ first: UInt8) -> UInt32 {
    UInt32(parent.rawValue) << 16 | UInt32(length) << 8 | UInt32(first)
  }

  /// The meaning of the member whose name is in `line` from `start` up to `end`; nil if it is not needed.
  static func meaning(_ line: LineBytes, _ start: Int, _ end: Int, in parent: Parent) -> Meaning? {
    let length = end - start
    guard (1...32).contains(length) else { return nil }
    return index[slot(parent, length, line[start])]?.first { line.has($0.name, at: start) }?.meaning
  }
}
