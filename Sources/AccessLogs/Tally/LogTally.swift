/// Counts requests by site, client, path, agent, upstream, status and time, in bounded memory.
struct LogTally: ~Copyable {
  let periods: LogPeriods
  var sites: KeyTable
  var clients: KeyTable
  /// Paths; the owner of each is a site.
  var paths: KeyTable
  var agents: KeyTable
  var upstreams: KeyTable
  /// Addresses that connected for clients in headers.
  var edges: KeyTable
  var forwarders = Forwarders { _ in false }
  /// Pairs of client and path, of client and site, and sites alone.
  var visits: VisitTable
  var siteVisits: VisitTable
  var siteTimes: VisitTable
  var series = TimeSeries()
  var lately = RecentLog()
  var odd = OddStamps()
  /// The first and last time in the logs, also outside the window.
  var seenFirst = Int64.max
  var seenLast = Int64.min
  var requests: UInt64 = 0
  var bytes: UInt64 = 0
  /// Requests whose lines do not say how many bytes were sent.
  var unsized: UInt64 = 0
  var recent: UInt64 = 0
  var before: UInt64 = 0
  var first = Int64.max
  var last = Int64.min
  var hasSeconds = false
  var hasFineTimes = false
  var malformed: UInt64 = 0
  var statuses = [UInt64](repeating: 0, count: 1000)
  var methods = [UInt64](repeating: 0, count: HTTPMethod.allCases.count)
  /// The site of lines that don't name one.
  var defaultSite: [UInt8] = []
  private var batch = RecordBatch()
  // The numbers of the last few sites, by the hash of their names as written.
  private var recentSites = [(hash: UInt64, site: Int)](repeating: (0, 0), count: 64)

  init(periods: LogPeriods = LogPeriods(), limits: LogLimits = LogLimits(), seed: UInt64 = .random(in: 1 ... .max)) {
    self.periods = periods
    sites = KeyTable(limit: limits.sites, seed: seed)
    clients = KeyTable(limit: limits.clients, seed: seed)
    paths = KeyTable(limit: limits.paths, seed: seed)
    agents = KeyTable(limit: limits.agents, seed: seed)
    upstreams = KeyTable(limit: limits.upstreams, seed: seed)
    edges = KeyTable(limit: min(limits.upstreams, KeyCounts.mostEdges), seed: seed)
    visits = VisitTable(limit: limits.visits, times: limits.times, timesEach: limits.timesEach)
    siteVisits = VisitTable(limit: limits.visits, times: limits.times, timesEach: limits.timesEach)
    siteTimes = VisitTable(limit: limits.sites, times: limits.times / 4, timesEach: limits.timesEach)
  }

  /// Adds a request. `line` must stay in place until `flush`.
  @inline(__always)
  mutating func add(_ record: borrowing LogRecord, _ line: LineBytes) {
    batch.append(record, line)
    if batch.isFull { flush() }
  }

  /// Counts the requests that were added.
  @inline(never)
  mutating func flush() {
    guard batch.count > 0 else { return }
    makeRoom(for: batch.count)
    countTotals()
    countSites()
    countClients()
    countPaths()
    countAgents()
    countVisits()
    batch.removeAll()
  }

  private mutating func countTotals() {
    for index in 0..<batch.count {
      let time = batch[index].record.milliseconds
      let share = periods.share(time)
      batch[index].share = share
      recent &+= UInt64(share.recent)
      before &+= UInt64(share.before)
      let second = time >= 0 ? time / 1000 : 0
      batch[index].seconds = UInt32(truncatingIfNeeded: min(second, Int64(UInt32.max) - 1))
      if periods.isPlausible(time) {
        if time < seenFirst { seenFirst = time }
        if time > seenLast { seenLast = time }
      } else {
        odd.add(time)
      }
      guard share.inWindow == 1 else { continue }
      let status = batch[index].record.status
      requests &+= 1
      let size = batch[index].record.bytes
      if size >= 0 { bytes &+= UInt64(truncatingIfNeeded: size) } else { unsized &+= 1 }
      first = min(first, time)
      last = max(last, time)
      if batch[index].record.hasSubseconds { hasFineTimes = true } else { hasSeconds = true }
      if batch[index].record.isMalformed { malformed &+= 1 }
      statuses[Int(min(max(status, 0), 999))] &+= 1
      methods[Int(batch[index].record.method.rawValue)] &+= 1
      series.add(second: second, bytes: max(0, size), isError: status >= 500)
    }
  }

  private mutating func countSites() {
    let seed = sites.seed
    for index in 0..<batch.count {
      let hash = batch[index].line.hash(batch[index].record.site, seed: seed)
      let slot = Int(truncatingIfNeeded: hash) & 63
      if recentSites[slot].hash != hash {
        recentSites[slot] = (hash, site(batch[index].line, batch[index].record.site))
      }
      let site = recentSites[slot].site
      batch[index].site = site
      sites[site].add(batch[index].record, batch[index].share, seconds: batch[index].seconds)
    }
  }

  /// The number of a site: its name in lower case and without default ports, or the file's site if the line has none.
  @inline(never)
  private mutating func site(_ line: LineBytes, _ field: Field) -> Int {
    var name = line.part(Field(field.start, min(field.end, field.start + 250))).bytes
    var flags: UInt16 = 0
    if name.isEmpty || name == [UInt8(ascii: "-")] || name == [UInt8(ascii: "_")] {
      name = defaultSite
      flags = KeyCounts.namedByFile
    }
    for index in name.indices where name[index] &- 65 < 26 { name[index] |= 0x20 }
    if name.suffix(3).elementsEqual(":80".utf8) { name.removeLast(3) }
    if name.suffix(4).elementsEqual(":443".utf8) { name.removeLast(4) }
    if name.last == UInt8(ascii: ".") { name.removeLast() }
    return LineBytes.with(name) { line in
      let field = Field(0, line.count)
      return sites.id(line, field, owner: 0, hash: sites.hash(line, field, owner: 0), flags: flags)
    }
  }

  /// Prepares for the lines of another file.
  mutating func begin(defaultSite: [UInt8]) {
    flush()
    self.defaultSite = defaultSite
    forgetRecentSites()
  }

  private mutating func forgetRecentSites() {
    // Values that no hash in these slots can have.
    for index in recentSites.indices { recentSites[index] = (UInt64(index ^ 1), 0) }
  }

  @inline(__always)
  private static func cut(_ field: Field) -> Field {
    field.count <= KeyTable.keyLength ? field : Field(field.start, field.start + KeyTable.keyLength)
  }

  private mutating func countClients() {
    for index in 0..<batch.count {
      let hash = clients.hash(batch[index].line, Self.cut(batch[index].record.client), owner: 0)
      batch[index].hash = hash
      clients.prefetch(hash)
    }
    for index in 0..<batch.count { clients.prefetchEntry(batch[index].hash) }
    for index in 0..<batch.count { clients.prefetchText(batch[index].hash) }
    for index in 0..<batch.count {
      let field = Self.cut(batch[index].record.client)
      let flags = batch[index].record.isClaimed ? KeyCounts.claimed : 0
      let id = clients.id(batch[index].line, field, owner: 0, hash: batch[index].hash, flags: flags)
      batch[index].client = id
      clients[id].add(batch[index].record, batch[index].share, seconds: batch[index].seconds)
      if !batch[index].record.via.isEmpty { countEdge(index, client: id) }
    }
  }

  /// Counts the edge that forwarded for a client.
  private mutating func countEdge(_ index: Int, client: Int) {
    let field = Self.cut(batch[index].record.via)
    let hash = edges.hash(batch[index].line, field, owner: 0)
    // If there are more edges than fit, further ones are not distinguished, because numbers must not change.
    guard !edges.isFull(adding: 1) else { return }
    let id = edges.id(batch[index].line, field, owner: 0, hash: hash, flags: 0)
    edges[id].add(batch[index].record, batch[index].share, seconds: batch[index].seconds)
    clients[client].passed(edge: id)
  }

  private mutating func countPaths() {
    for index in 0..<batch.count {
      let hash = paths.hash(batch[index].line, Self.cut(batch[index].record.path), owner: batch[index].site)
      batch[index].hash = hash
      paths.prefetch(hash)
    }
    for index in 0..<batch.count { paths.prefetchEntry(batch[index].hash) }
    for index in 0..<batch.count { paths.prefetchText(batch[index].hash) }
    for index in 0..<batch.count {
      let field = Self.cut(batch[index].record.path)
      let id = paths.id(batch[index].line, field, owner: batch[index].site, hash: batch[index].hash, flags: 0)
      batch[index].path = id
      paths[id].add(batch[index].record, batch[index].share, seconds: batch[index].seconds)
    }
  }

  private mutating func countAgents() {
    for index in 0..<batch.count {
      let field = Self.cut(batch[index].record.agent)
      guard !field.isEmpty else { continue }
      let hash = agents.hash(batch[index].line, field, owner: 0)
      let id = agents.id(batch[index].line, field, owner: 0, hash: hash, flags: 0)
      batch[index].agent = UInt32(truncatingIfNeeded: id)
      agents[id].add(batch[index].record, batch[index].share, seconds: batch[index].seconds)
    }
    for index in 0..<batch.count {
      let field = Self.cut(batch[index].record.upstream)
      guard !field.isEmpty else { continue }
      let hash = upstreams.hash(batch[index].line, field, owner: 0)
      let id = upstreams.id(batch[index].line, field, owner: 0, hash: hash, flags: 0)
      upstreams[id].add(batch[index].record, batch[index].share, seconds: batch[index].seconds)
    }
  }

  private mutating func countVisits() {
    for index in 0..<batch.count {
      let key = VisitCounts.key(batch[index].client, batch[index].path)
      batch[index].key = key
      let hash = VisitTable.hash(key)
      batch[index].hash = hash
      visits.prefetch(hash)
    }
    for index in 0..<batch.count { visits.prefetchEntry(batch[index].hash) }
    for index in 0..<batch.count { visits.prefetchTimes(batch[index].hash) }
    for index in 0..<batch.count {
      visits.add(
        batch[index].key, batch[index].hash, batch[index].record, batch[index].share, agent: batch[index].agent)
    }
    for index in 0..<batch.count {
      let key = VisitCounts.key(batch[index].client, batch[index].site)
      batch[index].key = key
      let hash = VisitTable.hash(key)
      batch[index].hash = hash
      siteVisits.prefetch(hash)
    }
    for index in 0..<batch.count { siteVisits.prefetchEntry(batch[index].hash) }
    for index in 0..<batch.count { siteVisits.prefetchTimes(batch[index].hash) }
    for index in 0..<batch.count {
      siteVisits.add(
        batch[index].key, batch[index].hash, batch[index].record, batch[index].share, agent: batch[index].agent)
    }
    for index in 0..<batch.count where batch[index].share.inWindow == 1 {
      lately.add(
        RecentLog.Item(
          time: batch[index].record.milliseconds, site: UInt32(truncatingIfNeeded: batch[index].site),
          client: UInt32(truncatingIfNeeded: batch[index].client), path: UInt32(truncatingIfNeeded: batch[index].path),
          agent: batch[index].agent, status: UInt16(truncatingIfNeeded: batch[index].record.status)))
    }
    for index in 0..<batch.count {
      let key = VisitCounts.key(batch[index].site, 0)
      siteTimes.add(key, VisitTable.hash(key), batch[index].record, batch[index].share, agent: batch[index].agent)
    }
  }

  /// Drops the less frequent half of tables that `number` more requests could overfill.
  private mutating func makeRoom(for number: Int) {
    if sites.isFull(adding: number + 1) {
      let becomes = sites.forget(half: true)
      let paths = paths.forget(half: false, owners: becomes)
      visits.forget(half: false, right: paths)
      siteVisits.forget(half: false, right: becomes)
      siteTimes.forget(half: false, left: becomes)
      lately.renumber(\.site, becomes)
      lately.renumber(\.path, paths)
      forgetRecentSites()
    }
    if clients.isFull(adding: number) {
      let becomes = clients.forget(half: true)
      visits.forget(half: false, left: becomes)
      siteVisits.forget(half: false, left: becomes)
      lately.renumber(\.client, becomes)
    }
    if paths.isFull(adding: number) {
      let becomes = paths.forget(half: true)
      visits.forget(half: false, right: becomes)
      lately.renumber(\.path, becomes)
    }
    if visits.isFull(adding: number) { visits.forget(half: true) }
    if siteVisits.isFull(adding: number) { siteVisits.forget(half: true) }
    // A visit has the number of its last agent, which may mean another agent after this.
    if agents.isFull(adding: number) { lately.renumber(\.agent, agents.forget(half: true)) }
    if upstreams.isFull(adding: number) { _ = upstreams.forget(half: true) }
  }

  /// Whether anything was dropped for lack of room.
  var isApproximate: Bool {
    sites.isApproximate || clients.isApproximate || edges.isFull(adding: 1) || paths.isApproximate
      || visits.forgotten > 0
      || siteVisits.forgotten > 0 || agents.isApproximate || upstreams.isApproximate
  }
}
