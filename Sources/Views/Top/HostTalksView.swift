public import Accounts
public import Flows

/// The traffic among several hosts for people: one line for each pair, then one for each host's traffic with all
/// others.
public struct HostTalksView: Sendable {
  private let talks: HostTalks
  /// The interval's length; nil shows amounts in place of rates.
  private let seconds: Double?
  private let units: Units
  private let names: TopNames
  private let showsNames: Bool
  private let hostsLeft: Int?
  private let isLive: Bool

  /// - Parameters:
  ///   - seconds: the interval's length; nil for amounts since the beginning.
  ///   - hostsLeft: how many hosts answer; a single one can't be compared with another.
  public init(
    _ talks: HostTalks, seconds: Double?, units: Units, names: TopNames = TopNames(), hostsLeft: Int? = nil
  ) {
    self.init(
      talks, seconds: seconds, units: units, names: names, showsNames: names.hosts != nil, hostsLeft: hostsLeft,
      isLive: false)
  }

  init?(_ state: TopState) {
    guard let interval = state.interval, let found = state.isCumulative ? state.shown.talks : interval.talks else {
      return nil
    }
    var talks = found
    if !state.isCumulative {
      // What is missing in one window is too much in the next; only a lasting difference counts.
      for index in talks.pairs.indices where !state.shown.isApart(talks.pairs[index]) {
        talks.pairs[index].difference = nil
      }
    }
    self.init(
      talks, seconds: state.isCumulative ? nil : interval.seconds, units: state.units, names: state.names,
      showsNames: state.showsNames, hostsLeft: interval.hosts?.filter { $0.failure == nil }.count, isLive: true)
  }

  private init(
    _ talks: HostTalks, seconds: Double?, units: Units, names: TopNames, showsNames: Bool, hostsLeft: Int?,
    isLive: Bool
  ) {
    self.talks = talks
    self.seconds = seconds
    self.units = units
    self.names = names
    self.showsNames = showsNames
    self.hostsLeft = hostsLeft
    self.isLive = isLive
  }

  /// The number of rows in the table.
  var count: Int { talks.pairs.count + talks.outside.filter { $0.bytes > 0 }.count }

  /// A heading, the table and notes. If they don't fit into `limit` lines, the last rows are summed in one line.
  ///
  /// - Parameter scrolled: how many rows are left out at the top.
  public func lines(width: Int? = nil, limit: Int? = nil, scrolled: Int = 0) -> [Line] {
    let strangers = talks.outside.filter { $0.bytes > 0 }
    var table = TextTable(columns(width ?? .max))
    let all = (talks.pairs.map(cells) + strangers.map(cells)).dropFirst(scrolled)
    var remarks = talks.pairs.compactMap(difference) + talks.pairs.compactMap(carriers)
    if let apart { remarks.append(apart) }
    let room = limit ?? .max
    let cut = { (lines: [Line]) in lines.prefix(max(0, room)).map { line in width.map(line.shortened(to:)) ?? line } }
    guard room > 2 else { return cut([heading]) }
    if all.isEmpty { return cut([heading, Line("  no traffic between these hosts")] + remarks) }
    // Notes follow after all rows.
    let shown = all.count <= room - 2 ? all.count : max(0, room - 3)
    for row in all.prefix(shown) { table.add(row) }
    var lines = [heading] + table.lines(width: width)
    if shown < all.count { lines.append(Line("… and \(all.count - shown) more", .faint)) }
    if lines.count + remarks.count > room {
      let more = lines.count + remarks.count - room + 1
      remarks = room > lines.count ? remarks.dropLast(more) + [Line("… and \(more) more remarks", .warning)] : []
    }
    lines += remarks
    return cut(lines)
  }

  private var heading: Line {
    var line = Line("WHO TALKS TO WHOM", .bold)
    let between = talks.pairs.reduce(0) { $0 &+ $1.bytes }
    let strangers = talks.outside.reduce(0) { $0 &+ $1.bytes }
    let within = talks.outside.reduce(0) { $0 &+ $1.bytesWithin }
    line.append("  between ")
    line.append(amount(between), .bold)
    line.append(", outside ")
    line.append(amount(strangers), .bold)
    line.append(", within \(amount(within))", .faint)
    return line
  }

  private func columns(_ width: Int) -> [TextTable.Column] {
    let amount = seconds == nil ? Units.amountWidth : Units.rateWidth
    let host = min(24, max(8, width / 7))
    return [
      .init("HOST", minimum: host, reserved: isLive ? host : 0, maximum: 32),
      .init("WITH", minimum: host, rank: 1, reserved: isLive ? host : 0, maximum: 32),
      .init("SENDS", .right, rank: 2, reserved: isLive ? amount : 0),
      .init("RECEIVES", .right, rank: 2, reserved: isLive ? amount : 0), .init("FLOWS", .right, rank: 4),
      .init("BUSIEST", minimum: 12, rank: 3),
    ]
  }

  private func cells(_ pair: HostPair) -> [TextTable.Cell] {
    let isSeen = pair.bytes > 0
    return [
      .init(pair.from, .bold, ellipsis: .middle), .init(pair.to, .bold, ellipsis: .middle),
      .init(amount(pair.bytesTo), pair.bytesTo == 0 ? .faint : .plain),
      .init(amount(pair.bytesBack), pair.bytesBack == 0 ? .faint : .plain), .init("\(pair.flows)"),
      .init(isSeen ? pair.busiest.map { between($0, pair) } ?? "" : "only a VPN tunnel", isSeen ? .plain : .faint),
    ]
  }

  private func cells(_ item: HostOutside) -> [TextTable.Cell] {
    [
      .init(item.host, .bold, ellipsis: .middle), .init("outside"),
      .init(amount(item.bytesOut), item.bytesOut == 0 ? .faint : .plain),
      .init(amount(item.bytesIn), item.bytesIn == 0 ? .faint : .plain), .init("\(item.flows)"),
      .init(item.busiest.map(outside) ?? "", .faint),
    ]
  }

  /// `:80 curl -> nginx`, from the host that opened the flow.
  private func between(_ talker: HostTalker, _ pair: HostPair) -> String {
    let (near, far) = (title(talker.near), title(talker.far))
    // With little room a program's name is cut, and not the port.
    let arrow = talker.initiator == pair.to ? "<-" : talker.initiator == nil ? "<->" : "->"
    return "\(service(talker)) \(near) \(arrow) \(far)"
  }

  private func outside(_ talker: HostTalker) -> String {
    let address = talker.address.map { address in
      (showsNames ? names.hosts?.name(of: address) : nil) ?? names.prefixSet(address).map { "\($0) \(address)" }
        ?? "\(address)"
    }
    let near = talker.near == nil ? "passing" : title(talker.near)
    let arrow = talker.initiator != nil || talker.near == nil ? "->" : "<-"
    return "\(service(talker)) \(near) \(arrow) \(address ?? "?")"
  }

  private func title(_ program: HostTalker.Program?) -> String {
    guard let program else { return "?" }
    return program.container.map { "\(program.name) in \($0)" } ?? program.name
  }

  private func service(_ talker: HostTalker) -> String {
    if talker.port == 0 { return "\(talker.transport)" }
    return ":\(talker.port)" + (talker.transport == .tcp ? "" : "/\(talker.transport)")
  }

  /// `client -> outer: client counted 12.3 Mbit/s, outer 10.1 Mbit/s, 18.0 % less`; nil if the counts agree.
  private func difference(_ pair: HostPair) -> Line? {
    guard seconds != nil, let share = pair.difference else { return nil }
    guard let first = pair.counts.first(where: { $0.host == pair.from }) else {
      return Line("\(pair.from) has no count of \(pair.from) <-> \(pair.to), which \(pair.to) counted", .warning)
    }
    guard let second = pair.counts.first(where: { $0.host == pair.to }) else {
      return Line("\(pair.to) has no count of \(pair.from) <-> \(pair.to), which \(pair.from) counted", .warning)
    }
    let isForth = distance(first.bytesTo, second.bytesTo) >= distance(first.bytesBack, second.bytesBack)
    let (one, other) = isForth ? (first.bytesTo, second.bytesTo) : (first.bytesBack, second.bytesBack)
    let arrow = isForth ? "\(pair.from) -> \(pair.to)" : "\(pair.to) -> \(pair.from)"
    return Line(
      "\(arrow): \(pair.from) counted \(amount(one)), \(pair.to) \(amount(other)), \(Units.percent(share)) apart",
      .warning)
  }

  private func distance(_ one: UInt64, _ other: UInt64) -> Double {
    one == other ? 0 : Double(max(one, other) - min(one, other)) / Double(max(one, other))
  }

  private func carriers(_ pair: HostPair) -> Line? {
    guard pair.carriers > 0 else { return nil }
    return Line(
      "\(pair.from) <-> \(pair.to): \(amount(pair.carriers)) of VPN tunnels left out (their contents are counted)",
      .faint)
  }

  private var apart: Line? {
    hostsLeft == 1 ? Line("only one host answers; the counts of the others are unknown", .warning) : nil
  }

  private func amount(_ bytes: UInt64) -> String {
    if bytes == 0 { return "0" }
    return seconds.map { units.rate(bytes, over: $0) } ?? units.amount(bytes)
  }
}
