public import LinuxSystem

/// The last requests of a log, for those who need to know what happens now.
public struct RecentRequests: Sendable {
  /// Who asked which site.
  public struct Visitor: Hashable, Sendable {
    public var site: String
    public var client: String
    /// The address comes, or may come, from a header.
    public var isClaimed: Bool
    public var requests: Int
    public var bytes: Int64
    /// Seconds since the epoch, ascending; the last `timeLimit` ones.
    public var times: [Double]
    /// Where they were sent to, if the log says so.
    public var upstream: String?
  }

  public static let timeLimit = 4096
  public static let visitorLimit = 4096
  /// The most requests first.
  public var visitors: [Visitor] = []
  public var requests = 0
  /// What was looked at, in seconds since the epoch: from when on everything is known.
  public var since: Double
  public var until: Double
  /// Whether the log was not read as far back as was asked for, because it is too large.
  public var isCut = false
  /// Whether times have decimals; else they are a second fine.
  public var isFine = false
  public var unreadable = 0

  /// Reads the end of the log at `path` backward, as far as it takes to have the last `seconds` before `now` (the time of
  /// the last request, if nil), but at most `limit` bytes.
  public init(
    of path: String, seconds: Double, now: Double? = nil, formats: [CustomFormat] = [], limit: Int = 64 << 20
  ) throws(SystemError) {
    let file = try StreamedFile(path)
    let size = try file.currentFacts().size
    guard file.facts.kind == .regular else { throw SystemError("read \(path) backward", .invalid) }
    let site = LogSeries.site(ofLog: path)
    var length = UInt64(min(256 << 10, limit))
    while true {
      length = min(length, size, UInt64(limit))
      guard let bytes = TimeSearch.read(file, at: size - length, count: Int(length)) else {
        throw SystemError("read \(path)", .invalid)
      }
      var pass = Pass(bytes, isWhole: length == size, site: site, formats: formats)
      let end = now ?? pass.last
      // Lines are out of order by a few seconds.
      let isEnough = length == size || pass.first < end - seconds - 5
      if isEnough || length == UInt64(limit) {
        since = isEnough ? end - seconds : max(pass.first, end - seconds)
        until = end
        isCut = !isEnough
        pass.take(since...end, into: &self)
        return
      }
      length *= 4
    }
  }

  /// One look at the end of the file.
  private struct Pass {
    var lines: [LogLine] = []
    var unreadable = 0
    var first = Double.infinity
    var last = -Double.infinity
    let site: String

    init(_ bytes: [UInt8], isWhole: Bool, site: String, formats: [CustomFormat]) {
      self.site = site
      var parser = LineParser()
      parser.custom = formats
      LineBytes.with(bytes) { all in
        // The first line is cut, unless it is the file's first.
        var start = isWhole ? 0 : all.first(10, from: 0) + 1
        var record = LogRecord()
        while start < all.count {
          let end = all.first(10, from: start)
          // One that is being written has no end yet.
          guard end < all.count || isWhole else { break }
          let line = all.part(start, end)
          let kind = parser.parse(line, into: &record)
          if case .request(let format) = kind {
            let found = LogLine(record, format, parser.usesScratch ? parser.scratch.line : line)
            lines.append(found)
            first = min(first, found.time)
            last = max(last, found.time)
          } else if kind == .unreadable {
            unreadable += 1
          }
          start = end + 1
        }
      }
    }

    mutating func take(_ window: ClosedRange<Double>, into result: inout RecentRequests) {
      var places: [[String]: Int] = [:]
      for line in lines where window.contains(line.time) || (line.time > window.upperBound && window.upperBound == last)
      {
        result.requests += 1
        if line.isFine { result.isFine = true }
        let client = line.client ?? "-"
        let site = line.site?.lowercased() ?? self.site
        var place = places[[site, client]]
        if place == nil, result.visitors.count < RecentRequests.visitorLimit {
          place = result.visitors.count
          places[[site, client]] = place
          result.visitors.append(
            Visitor(site: site, client: client, isClaimed: line.isClaimed, requests: 0, bytes: 0, times: []))
        }
        guard let place else { continue }
        result.visitors[place].requests += 1
        result.visitors[place].bytes &+= line.bytes
        result.visitors[place].times.append(line.time)
        if let upstream = line.upstream { result.visitors[place].upstream = upstream }
      }
      for index in result.visitors.indices {
        let times = result.visitors[index].times.sorted()
        result.visitors[index].times = Array(times.suffix(RecentRequests.timeLimit))
      }
      result.visitors.sort { ($0.requests, $1.client) > ($1.requests, $0.client) }
      result.unreadable = unreadable
    }
  }
}
