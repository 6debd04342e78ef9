internal import Accounts
internal import Flows

extension TopScreen {
  /// The details of one row: its owner, and its flows.
  static func detail(_ state: TopState, _ key: TopKey) -> [Line] {
    let height = state.size.rows
    let flows = state.shown.flows(key, state.grouping, state.names)
    let row = state.shown.row(key, state.grouping)
    var lines = [header(state)]
    lines.append(withHint(Line(row.map { title($0, state) } ?? "gone", .bold), "Esc back  h help", state))
    var about = row.map { traffic($0, state) } ?? []
    let largest = flows.max { $0.traffic.bytes < $1.traffic.bytes }
    if let largest {
      about += owns(key) ? owner(largest.owner) : owners(flows, state)
    } else {
      about.append(Line("no flows in the last interval", .faint))
    }
    let isSmall = height < 12
    // The facts get at most half of the screen; the ledger's summary keeps its line.
    lines += about.prefix(isSmall ? max(0, height / 3) : max(0, height / 2 - 2))
    if !isSmall { lines.append(Line()) }
    let foot = ledger(state)
    let room = max(0, height - lines.count - 1 - foot.count)
    lines += table(flows, state, room)
    while lines.count < height - foot.count { lines.append(Line()) }
    return lines.prefix(max(0, height - foot.count)) + foot
  }

  private static func title(_ row: TopRow, _ state: TopState) -> String {
    if case .remote(let address) = row.key.what,
      let name = state.showsNames ? state.names.hosts?.name(of: address) : nil
    {
      return "\(name) (\(address))"
    }
    return row.host.map { "\(row.title) on \($0)" } ?? row.title
  }

  private static func ledger(_ state: TopState) -> [Line] {
    guard state.interval != nil, state.size.rows >= 5 else { return [] }
    return LedgerView(state).lines(width: state.size.columns, limit: 1)
  }

  /// Whether all flows of such a row have the same owner.
  private static func owns(_ key: TopKey) -> Bool {
    switch key.what {
    case .process, .machine, .kernel, .unknown, .forwarded: true
    default: false
    }
  }

  private static func traffic(_ row: TopRow, _ state: TopState) -> [Line] {
    let seconds = state.interval?.seconds ?? 0
    let rates =
      "in \(state.units.rate(row.traffic.bytesIn, over: seconds))"
      + ", out \(state.units.rate(row.traffic.bytesOut, over: seconds))"
    let totals = "in \(state.units.amount(row.total.bytesIn)), out \(state.units.amount(row.total.bytesOut))"
    return [
      fact("now", "\(rates), \(Units.count(row.flows, "flow"))"),
      fact("since start", "\(totals), over \(Units.duration(state.shown.seconds))"),
    ]
  }

  /// Everything known about an owner.
  static func owner(_ owner: Owner) -> [Line] {
    var lines: [Line] = []
    if let process = owner.process {
      let state = process.ended == true ? ", ended" : ""
      lines.append(fact("process", "\(process.name), pid \(process.numbered)\(state)"))
      if let command = process.command { lines.append(fact("command", command.joined(separator: " "))) }
      if let executable = process.executable { lines.append(fact("executable", executable)) }
      if let user = process.user ?? process.uid.map({ "uid \($0)" }) { lines.append(fact("user", user)) }
    }
    if let container = owner.container {
      let words = [container.title, container.image, container.runtime, container.shortID, container.reason]
      lines.append(fact("container", words.compactMap { $0 }.joined(separator: ", ")))
    }
    if let unit = owner.shownUnit { lines.append(fact("unit", unit)) }
    if let machine = owner.machine { lines.append(fact("VM", machine)) }
    if let parents = owner.process?.parents, !parents.isEmpty {
      lines.append(fact("parents", parents.map { "\($0.name) (\($0.pid))" }.joined(separator: " <- ")))
    }
    if owner.isKernel == true { lines.append(fact("kernel", "a socket of the kernel itself")) }
    if let reason = owner.reason { lines.append(fact("unknown", reason)) }
    return lines
  }

  /// The owners of a row that several may share, busiest first.
  private static func owners(_ flows: [FlowTraffic], _ state: TopState) -> [Line] {
    var bytes: [String: UInt64] = [:]
    for item in flows { bytes[summary(item), default: 0] &+= item.traffic.bytes }
    let seconds = state.interval?.seconds ?? 0
    let sorted = bytes.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
    var lines = sorted.prefix(5).map { fact("who", "\($0.key)  \(state.units.rate($0.value, over: seconds))") }
    if sorted.count > 5 { lines.append(fact("", "and \(sorted.count - 5) more")) }
    return lines
  }

  private static func summary(_ item: FlowTraffic) -> String {
    let owner = item.owner
    let isKnown = owner.process != nil || owner.container != nil || owner.unit != nil || owner.machine != nil
    if item.role == .forwarded, !isKnown {
      return "forwarded: \(item.flow.source.address) -> \(item.flow.destination.address)"
    }
    return owner.summary
  }

  private static func fact(_ name: String, _ text: String) -> Line {
    var line = Line(Line(name).padded(to: 12).text, .faint)
    line.append(text)
    return line
  }

  private static func table(_ flows: [FlowTraffic], _ state: TopState, _ room: Int) -> [Line] {
    let amounts = flows.map { state.isCumulative ? state.shown.total($0) : $0.traffic }
    let order = flows.indices.sorted { (amounts[$0].bytes, $1) > (amounts[$1].bytes, $0) }
    // An IPv4 address with its port takes 21 cells.
    let width = min(max(21, min(46, state.size.columns / 4)), max(8, state.size.columns - Units.rateWidth - 2))
    let names = state.names.flows
    var headings: [TextTable.Column] = [
      .init("REMOTE", minimum: width, reserved: width), .init("IN", .right, rank: 2), .init("OUT", .right, rank: 2),
      .init("TOTAL", .right, rank: 1), .init("LOCAL", minimum: 12, rank: 3), .init("PROTO", rank: 4),
      .init("HOW", rank: 5), .init("INTERFACE", rank: 6),
    ]
    if names != nil { headings.append(.init("NAME", minimum: 12, rank: 3)) }
    var table = TextTable(headings)
    let columns = TopColumns(state)
    for index in order.dropFirst(state.scrolled).prefix(max(0, room)) {
      let (item, amount) = (flows[index], amounts[index])
      let how =
        (item.role == .initiator ? "out" : item.role == .responder ? "in" : item.role.rawValue)
        + (item.closed ? ", closed" : "")
      let interfaces = [item.interface, item.outInterface].compactMap { $0 }.joined(separator: " -> ")
      var cells: [TextTable.Cell] = [
        .init(text(item.flow.destination, item.flow.transport, state), .bold, ellipsis: .middle),
        .init(columns.text(amount.bytesIn)), .init(columns.text(amount.bytesOut)), .init(columns.text(amount.bytes)),
        .init(text(item.flow.source, item.flow.transport, state), ellipsis: .middle),
        .init("\(item.flow.transport)"), .init(how, .faint), .init(interfaces, .faint),
      ]
      if let names { cells.append(.init(names.name(of: item)?.shown ?? "")) }
      table.add(cells)
    }
    return table.lines(width: state.size.columns)
  }

  private static func text(_ endpoint: Endpoint, _ transport: Transport, _ state: TopState) -> String {
    let host = state.text(of: endpoint.address)
    if !transport.hasPorts { return host }
    return endpoint.address.isV4 || host != "\(endpoint.address)" ? "\(host):\(endpoint.port)" : "\(endpoint)"
  }
}
