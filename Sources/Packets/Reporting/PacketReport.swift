public import Capture
public import Documents
public import Flows
internal import LinuxSystem
internal import Rhythm

/// Makes the document about the packets of a tally.
public struct PacketReport: Sendable {
  /// What is in the document.
  public struct Options: Sendable {
    /// How many rows each table has.
    public var top = 20
    /// The target as a person wrote it.
    public var targetText: String?

    public init() {}
  }

  /// What is known of a file besides its packets.
  public struct File: Sendable {
    public var document: PacketsFile
    public var processes: [CapturedProcess]
    /// The names that it gives addresses.
    public var names: [IPAddress: String]

    public init(document: PacketsFile, processes: [CapturedProcess], names: [IPAddress: String] = [:]) {
      self.document = document
      self.processes = processes
      self.names = names
    }
  }

  let tally: PacketTally
  let connections: Connections
  let owners: PacketOwners
  let files: [File]
  let options: Options
  /// The connections that belong to the target.
  let matched: [Connections.Connection]
  let distinct: PacketCount
  let sum: PacketCount

  public init(_ tally: PacketTally, files: [File], options: Options = Options()) {
    var tally = tally
    tally.finishNames()
    self.tally = tally
    self.files = files
    self.options = options
    connections = Connections(tally.rows, tally.translations)
    owners = PacketOwners(
      Dictionary(uniqueKeysWithValues: files.enumerated().map { ($0.offset, $0.element.processes) }),
      comments: tally.commentOwners)
    var distinct = PacketCount()
    var sum = PacketCount()
    var matched: [Connections.Connection] = []
    for connection in connections.all {
      let count = PacketCount(packets: connection.packets, bytes: connection.bytes)
      distinct += count
      guard Self.matches(connection, tally.target, tally, connections, owners) else { continue }
      matched.append(connection)
      sum += count
    }
    (self.distinct, self.sum, self.matched) = (distinct, sum, matched)
  }

  public var document: PacketsDocument {
    var document = PacketsDocument()
    document.target = options.targetText
    document.files = files.map(\.document)
    document.first = Self.text(tally.firstTime)
    document.last = Self.text(tally.lastTime)
    document.seconds = max(0, tally.lastTime - tally.firstTime)
    if !document.seconds.isFinite { document.seconds = 0 }
    (document.packets, document.bytes) = (tally.all.packets, tally.all.bytes)
    (document.distinctPackets, document.distinctBytes) = (distinct.packets, distinct.bytes)
    (document.matchedPackets, document.matchedBytes) = (sum.packets, sum.bytes)
    document.conversationCount = matched.reduce(0) { $0 + Int(connections.rows[$1.main].conversations) }
    document.conversations = matched.prefix(options.top).map(conversation)
    PacketGroups(self).fill(&document)
    document.answer = answer
    document.timeStep = tally.times.step
    document.times = tally.times.all.map {
      PacketsTime(time: SystemClock.text($0.time) ?? "-", packets: $0.count.packets, bytes: $0.count.bytes)
    }
    document.questions = questions
    document.unanswered = unanswered
    document.regular = regular
    document.notes = notes
    return document
  }

  /// UTC with microseconds; nil without a time.
  public static func text(_ time: Double) -> String? {
    // A Double has a little less than the microsecond that the file had.
    time.isFinite && abs(time) < 1e11 ? SystemClock.text(time + 5e-7, fractionDigits: 6) : nil
  }

  /// The part of the bytes that were asked about.
  func share(_ bytes: UInt64) -> Double { sum.bytes == 0 ? 0 : Double(bytes) / Double(sum.bytes) }

  private static func matches(
    _ connection: Connections.Connection, _ target: PacketTarget?, _ tally: PacketTally, _ connections: Connections,
    _ owners: PacketOwners
  ) -> Bool {
    guard let target else { return true }
    return connection.rows.contains { number in
      let row = connections.rows[number]
      if let answer = target.matches(row.flow) { return answer }
      let processes = { owners.all(row.owners) }
      switch target {
      case .pid(let pid): return processes().contains { $0.pid == pid }
      case .word(let word):
        let name =
          row.name >= 0 ? tally.foundNames[Int(row.name)].name : tally.answers[row.oriented.destination.address]
        if let name, name == word.lowercased() || name.hasSuffix("." + word.lowercased()) { return true }
        if processes().contains(where: { $0.name == word || $0.container == word }) { return true }
        return (0..<Int(row.placeCount)).contains { tally.places.name(row.places[$0]) == word }
      default: return false
      }
    }
  }

  // MARK: Conversations

  /// The name that the client asked for, and where it was read.
  func name(_ row: PacketRow) -> (name: String, origin: String)? {
    if row.name >= 0, let name = tally.foundNames[Int(row.name)].name {
      return (name, tally.foundNames[Int(row.name)].origin)
    }
    return tally.answers[row.oriented.destination.address].map { ("~\($0)", "DNS answer") }
  }

  func owner(_ connection: Connections.Connection) -> String? {
    let all = connection.rows.flatMap { owners.all(connections.rows[$0].owners) }
    return all.isEmpty ? nil : all.prefix(2).map(PacketOwners.title).joined(separator: ", ")
  }

  /// How it is known who began.
  func began(_ row: PacketRow) -> String {
    if row.beginning.isSeen { return "SYN" }
    return row.beginning.reason.map { "concluded: \($0)" } ?? "not known; the first packet's sender is named first"
  }

  private func conversation(_ connection: Connections.Connection) -> PacketsConversation {
    let rows = connection.rows.map { connections.rows[$0] }
    let main = rows[0]
    let flow = main.oriented
    let behind = rows.dropFirst().map(\.oriented)
    var result = PacketsConversation(
      flow: flow, began: began(main), isBeginningSeen: main.beginning.isSeen,
      filter: main.isMerged
        ? "host \(flow.source.address) and host \(flow.destination.address)"
        : behind.isEmpty
          ? CaptureFilter.text(flow)
          : ([flow] + behind).map { "(\(CaptureFilter.text($0)))" }.joined(separator: " or "),
      displayFilter: behind.isEmpty
        ? CaptureFilter.display(flow)
        : ([flow] + behind).map { "(\(CaptureFilter.display($0)))" }.joined(separator: " || "))
    result.translated = behind.isEmpty ? nil : behind
    result.merged = main.isMerged ? Int(main.conversations) : nil
    (result.packetsOut, result.bytesOut) = (connection.out.packets, connection.out.bytes)
    (result.packetsIn, result.bytesIn) = (connection.back.packets, connection.back.bytes)
    (result.packets, result.bytes) = (connection.packets, connection.bytes)
    result.share = share(connection.bytes)
    let (first, last) = (rows.map(\.firstTime).min() ?? 0, rows.map(\.lastTime).max() ?? 0)
    (result.first, result.last) = (Self.text(first), Self.text(last))
    result.seconds = last > first && (last - first).isFinite ? last - first : 0
    result.bitsPerSecond = result.seconds > 0 ? Double(connection.bytes) * 8 / result.seconds : nil
    result.firstPacket = rows.map(\.firstPacket).min() ?? 0
    (result.retransmissionsOut, result.retransmissionsIn) = (
      UInt64(main.out.retransmissions), UInt64(main.back.retransmissions)
    )
    result.syns = UInt64(main.out.syns)
    (result.isUnanswered, result.isRefused) = (isUnanswered(connection), isRefused(connection))
    result.isClosed = rows.contains(where: \.isClosed)
    (result.name, result.nameOrigin) = rows.lazy.compactMap(name).first.map { ($0.name, $0.origin) } ?? (nil, nil)
    result.owner = owner(connection)
    var places: [String] = []
    for row in rows {
      let captured = [row.forward.captured, row.backward.captured]
      result.capturedPackets += captured[0].packets + captured[1].packets
      result.capturedBytes &+= captured[0].bytes &+ captured[1].bytes
      for index in 0..<Int(row.placeCount) where !places.contains(tally.places.name(row.places[index])) {
        places.append(tally.places.name(row.places[index]))
      }
      if row.fragments > 0 {
        result.fragments = (result.fragments ?? 0) + UInt64(row.fragments)
        result.fragmentBytes = (result.fragmentBytes ?? 0) &+ row.fragmentBytes
      }
      if row.carriedPackets > 0 {
        result.carriedPackets = (result.carriedPackets ?? 0) + row.carriedPackets
        result.carriedBytes = (result.carriedBytes ?? 0) &+ row.carriedBytes
      }
    }
    result.interfaces = places
    if rows.count > 1 {
      result.legs = rows.map { row in
        var sum = row.forward.captured
        sum += row.backward.captured
        return PacketsLeg(flow: row.oriented, capturedPackets: sum.packets, capturedBytes: sum.bytes)
      }
    }
    return result
  }

  func isUnanswered(_ connection: Connections.Connection) -> Bool {
    let rows = connection.rows.map { connections.rows[$0] }
    return rows[0].out.syns > 0 && rows.allSatisfy { $0.back.captured.packets == 0 }
  }

  func isRefused(_ connection: Connections.Connection) -> Bool {
    let row = connections.rows[connection.main]
    return row.out.syns > 0 && row.back.resets > 0 && row.back.captured.packets == UInt64(row.back.resets)
  }

  // MARK: Questions

  private var questions: [PacketsQuestion] {
    tally.questions.all.filter { isAsked($0.key) }
      .sorted { ($1.value.count, $0.key.asked.name, $0.key.asker) < ($0.value.count, $1.key.asked.name, $1.key.asker) }
      .prefix(options.top).map { key, value in
        PacketsQuestion(
          name: key.asked.name, type: key.asked.type, asker: "\(key.asker)", server: "\(value.server)",
          count: value.count, first: value.first.flatMap(Self.text), last: value.last.flatMap(Self.text))
      }
  }

  private func isAsked(_ key: NameQuestions.Key) -> Bool {
    switch tally.target {
    case .prefix(let prefix): prefix.contains(key.asker)
    case .endpoint(let end): key.asker == end.address
    case .word(let word): key.asked.name == word.lowercased() || key.asked.name.hasSuffix("." + word.lowercased())
    case .port(53), nil: true
    default: false
    }
  }

  private var unanswered: [PacketsUnanswered] {
    struct Key: Hashable {
      var source: IPAddress
      var service: Endpoint
    }
    var sums: [Key: (connections: Int, syns: UInt64)] = [:]
    for connection in matched where isUnanswered(connection) {
      let row = connections.rows[connection.main]
      let key = Key(source: row.oriented.source.address, service: row.oriented.destination)
      let known = sums[key] ?? (0, 0)
      sums[key] = (known.connections + Int(row.conversations), known.syns + UInt64(row.out.syns))
    }
    return sums.sorted {
      ($1.value.syns, $0.key.source, $0.key.service) < ($0.value.syns, $1.key.source, $1.key.service)
    }
    .prefix(options.top).map { key, value in
      PacketsUnanswered(
        source: "\(key.source)", destination: "\(key.service)", connections: value.connections, syns: value.syns)
    }
  }

  private var regular: [PacketsPoller] {
    let candidates = tally.pollers.all.filter { poller in
      let flow = Flow(poller.key.transport, from: Endpoint(poller.key.client, 0), to: poller.key.service)
      return poller.times.count >= 6 && tally.target?.matches(flow) ?? (tally.target == nil)
    }.sorted { $0.times.count > $1.times.count }.prefix(300)
    var found: [PacketsPoller] = []
    for poller in candidates {
      guard let period = Rhythm.pollers(in: poller.times.sorted(), resolution: 0).first else { continue }
      found.append(
        PacketsPoller(
          source: "\(poller.key.client)", destination: "\(poller.key.service)", transport: "\(poller.key.transport)",
          seconds: period.seconds, jitter: period.jitter, confidence: period.confidence, count: period.count,
          events: poller.times.count + poller.left, first: Self.text(period.first), last: Self.text(period.last)))
    }
    return Array(found.sorted { ($1.count, $0.source) < ($0.count, $1.source) }.prefix(options.top))
  }
}
