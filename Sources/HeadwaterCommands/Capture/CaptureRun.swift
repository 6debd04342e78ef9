internal import Capture
internal import Documents
internal import Flows
internal import LinuxSystem
internal import Packets
internal import Questions
internal import Tracing
internal import Views

/// A capture under way. Packets wait until the meter has told whose their flows are, and are then written in the order of their
/// times.
struct CaptureRun {
  /// How often the meter is asked, in seconds.
  private static let interval = 0.5
  /// A packet is not written before this many seconds, because one of another place may have come before it.
  private static let patience = 0.06
  /// How many translations are looked up for each interval.
  private static let lookups = 200
  /// How many sources are named, and at how many places names are looked for.
  private static let named = 20

  private struct Source: Hashable {
    var host: Int
    var number: Int
  }

  private struct Waiting {
    var host: Int
    var packet: PacketBatch.Packet
    var bytes: ArraySlice<UInt8>
    var headers = DissectedPacket()
  }

  private struct FragmentKey: Hashable {
    var source, destination: IPAddress
    var transport: Transport
    var identification: UInt16
  }

  private let request: CaptureRequest
  private let vantage: any Vantage
  private let sink: CaptureSink
  private var inventory: Inventory
  private var looked = MonotonicClock.seconds
  private let target: Target?
  private let link: LinkType
  private var attribution = PacketAttribution()
  private var recorder: CaptureRecorder
  private var waiting: [Waiting] = []
  /// By host.
  private var sources: [Int: [PacketBatch.Source]] = [:]
  /// By source: its number in the recorder.
  private var numbers: [Source: Int] = [:]
  private var identities = PacketIdentities()
  /// Whose the packet before was, until the meter tells more.
  private var latest: (flow: Flow, place: Place, time: Double, finding: PacketAttribution.Finding)?
  /// The hosts that still capture.
  private var hosts: [Int] = []
  private var described: [CaptureRecorder.Source] = []
  private var fragments: [FragmentKey: Flow] = [:]
  private var shown: Set<Leg> = []
  private var places: [Place]
  /// By host.
  private var losses: [Int: UInt64] = [:]
  private var lost: UInt64 { losses.values.reduce(0, &+) }
  private var notes: [String]
  private var isOver = false
  /// How many packets the last fetch had.
  private var latestCount = 0
  private let began = MonotonicClock.seconds
  /// When the meter was asked before, in seconds since 1970.
  private var learned = SystemClock.now()
  private var seconds = 0.0

  /// Starts to capture.
  init(_ request: CaptureRequest, _ vantage: any Vantage, _ sink: CaptureSink) async throws {
    (self.request, self.vantage, self.sink) = (request, vantage, sink)
    let inventory = try await vantage.inventory()
    self.inventory = inventory
    var places: Set<Place> = []
    for text in request.places { places.formUnion(try CapturePlace.places(text, inventory)) }
    let target = try await Self.target(request, places, inventory)?.settled(by: vantage, inventory)
    self.target = target
    var interface: UInt32?
    if case .interface(let name, let place)? = target?.plain {
      guard places.isEmpty || places == [place] else {
        throw CommandFailure(
          .usage, "\(name) is an interface of \(inventory.namespace(place)?.name ?? "one place"); leave out --in")
      }
      places = [place]
      interface = inventory.namespace(place)?.interfaces.first { $0.name == name }?.index
    } else if target == nil, places.isEmpty, let own = CapturePlace.own(inventory) {
      places = [own]
    }
    // What moves from now on has its rows.
    try await vantage.beginIntervals()
    let all = places.isEmpty ? Array(0..<(inventory.hosts?.count ?? 1)) : Set(places.map(\.host)).sorted()
    var start = CaptureStart(link: 0, places: [], notes: [])
    for host in all {
      let question = CaptureQuestion(
        on: host, places: places.filter { $0.host == host }, interface: interface, filter: request.filter,
        snap: request.snap)
      do {
        let part = try await vantage.ask(question).value
        if hosts.isEmpty { start.link = part.link }
        guard part.link == start.link else {
          start.notes.append(
            "packets of \(inventory.hostName(host)) are not captured: its interfaces are of another kind; name the places with --in"
          )
          continue
        }
        hosts.append(host)
        start.places += part.places
        start.notes += part.notes
      } catch let error as VantageError where all.count > 1 {
        start.notes.append("\(error)")
      }
    }
    guard !hosts.isEmpty else { throw CommandFailure(.noAnswer, start.notes.first ?? "nothing can be captured") }
    link = LinkType(rawValue: start.link)
    self.places = start.places
    notes = start.notes
    attribution.join(CapturePlace.groups(inventory))
    let longest = request.snap.map { $0 < CaptureQuestion.longest ? $0 : 0 } ?? 0
    recorder = CaptureRecorder(
      link: link, longest: longest, target: request.target.flatMap(Self.shaped), label: sink.path ?? "-",
      application: "headwater \(Program.version)", system: "Linux \(Kernel.release)")
    if request.output.isVerbose {
      Console.report(
        "capturing in \(start.places.map { inventory.namespace($0)?.name ?? "\($0.namespace)" }.joined(separator: ", "))"
      )
    }
  }

  /// The target; an interface's name means that of the place of `--in`.
  private static func target(_ request: CaptureRequest, _ places: Set<Place>, _ inventory: Inventory) throws -> Target?
  {
    guard let text = request.target else { return nil }
    if places.count == 1, let place = places.first,
      inventory.namespace(place)?.interfaces.contains(where: { $0.name == text }) == true
    {
      return .interface(text, place)
    }
    return try Target(text, inventory: inventory, sets: request.sets)
  }

  /// What of the target the answer at the end can tell from packets alone.
  private static func shaped(_ text: String) -> PacketTarget? {
    switch PacketTarget(text) {
    case .prefix(let prefix)?: .prefix(prefix)
    case .endpoint(let end)?: .endpoint(end)
    case .port(let port)?: .port(port)
    case .flow(let one, let other)?: .flow(one, other)
    case .pid, .word, nil: nil
    }
  }

  /// Captures until the time is over, there are enough packets, nothing more can be written, or `mustStop` says so.
  mutating func run(mustStop: () -> Bool) async throws {
    write(recorder.start())
    var asked = MonotonicClock.seconds
    let end = began + request.seconds
    while !isOver, !mustStop(), MonotonicClock.seconds < end {
      let left = min(asked + Self.interval, end) - MonotonicClock.seconds
      _ = try await fetch(within: max(0.01, min(0.2, left)), isLast: false)
      guard MonotonicClock.seconds >= asked + Self.interval else { continue }
      asked = MonotonicClock.seconds
      let limit = SystemClock.now() - Self.patience
      // Those that the next rows are about must not come behind them.
      let patience = MonotonicClock.seconds + Self.interval
      while !waitsForMore, !isOver, MonotonicClock.seconds < patience { _ = try await fetch(within: 0, isLast: false) }
      try await learn(isLast: false)
      try await flush(before: UInt64(max(0, limit) * 1e9))
    }
    seconds = MonotonicClock.seconds - began
    while try await !fetch(within: 1, isLast: true), MonotonicClock.seconds < began + seconds + 60 {}
    try await learn(isLast: true)
    try await flush(before: .max)
    await nameSources()
    write(recorder.finish(dropped: lost))
    sink.settle(recorder)
  }

  /// Finds the names of VPN clients among those that began most.
  private mutating func nameSources() async {
    let document = recorder.document(PacketReport.Options(), dropped: lost)
    for source in document.sources.prefix(Self.named) {
      guard let address = IPAddress(source.name) else { continue }
      for place in places.prefix(Self.named) {
        guard let client = await client(at: address, in: place) else { continue }
        recorder.call(address, "VPN client \(client)")
        break
      }
    }
  }

  /// The VPN client that has an address; nil if there is none, or none is known.
  private func client(at address: IPAddress, in place: Place) async -> String? {
    // What is not told leaves the address without a name.
    guard let route = try? await vantage.route(to: address, in: place), !route.isLocal,
      let interface = inventory.namespace(place)?.interface(route.interface),
      interface.kind?.isVPN == true || interface.deviceOwner != nil,
      let found = try? await vantage.tunnel(toward: address, through: route.interface, in: place), !found.isClient
    else { return nil }
    return found.tunnel.client
  }

  private mutating func write(_ blocks: [UInt8]) {
    sink.write(blocks)
    recorder.wrote(blocks.count)
    if sink.failure != nil || sink.isClosed { isOver = true }
  }

  /// Whether the last fetch had no packets, so that none wait on any host.
  private var waitsForMore: Bool { latestCount == 0 }

  /// Fetches the next packets of all hosts. Returns whether that is all.
  private mutating func fetch(within seconds: Double, isLast: Bool) async throws -> Bool {
    let (vantage, isAlone) = (vantage, hosts.count == 1)
    let answers = await withTaskGroup(of: (Int, Result<PacketBatch, any Error>).self) { group in
      for host in hosts {
        group.addTask {
          do {
            return (
              host, .success(try await vantage.ask(PacketsQuestion(on: host, within: seconds, isLast: isLast)).value)
            )
          } catch { return (host, .failure(error)) }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    var isWhole = true
    latestCount = 0
    for (host, answer) in answers {
      switch answer {
      case .success(let batch):
        take(batch, of: host)
        latestCount += batch.packets.count
        isWhole = isWhole && batch.isWhole
      case .failure(let error):
        if isAlone { throw error }
        hosts.removeAll { $0 == host }
        notes.append("packets of \(inventory.hostName(host)) are missing from here on: \(error)")
        if hosts.isEmpty { isOver = true }
      }
    }
    return isWhole
  }

  private mutating func take(_ batch: PacketBatch, of host: Int) {
    sources[host] = batch.sources
    losses[host] = batch.lost
    for note in batch.notes where !notes.contains(note) { notes.append(note) }
    var offset = 0
    for packet in batch.packets {
      waiting.append(Waiting(host: host, packet: packet, bytes: batch.bytes[offset..<offset + packet.length]))
      offset += packet.length
    }
  }

  /// Where a packet was captured; nil if its host did not say.
  private func source(of packet: Waiting) -> PacketBatch.Source? {
    guard let all = sources[packet.host], all.indices.contains(packet.packet.source) else { return nil }
    return all[packet.packet.source]
  }

  /// Asks the meter whose the flows are.
  private mutating func learn(isLast: Bool) async throws {
    let asked = SystemClock.now()
    defer { learned = asked }
    let interval = try await vantage.nextInterval(after: 0, isLast: isLast)
    // What started meanwhile has links that are not known yet.
    if MonotonicClock.seconds > looked + 2, interval.flows.contains(where: { inventory.namespace($0.namespace) == nil })
    {
      looked = MonotonicClock.seconds
      inventory = try await vantage.inventory()
      attribution.join(CapturePlace.groups(inventory))
    }
    let names = NameIndex(interval)
    let target = target
    let now = SystemClock.now()
    attribution.add(
      interval.flows, from: learned, to: now, isOfTarget: { target?.covers($0, names) ?? false },
      name: { names?.name(of: $0) })
    for note in interval.notes where isLast && !notes.contains(note) && request.output.isVerbose { notes.append(note) }
  }

  private mutating func flush(before limit: UInt64) async throws {
    var due: [Waiting] = []
    var later: [Waiting] = []
    for var packet in waiting {
      guard packet.packet.time <= limit else {
        later.append(packet)
        continue
      }
      packet.headers = Dissector.dissect(packet.bytes.span.bytes, link: link, wireLength: packet.packet.wire)
      due.append(packet)
    }
    waiting = later
    if zip(due, due.dropFirst()).contains(where: { $0.packet.time > $1.packet.time }) {
      // Numbers are moved, not packets, which are large.
      let order = due.indices.sorted { (due[$0].packet.time, $0) < (due[$1].packet.time, $1) }
      due = order.map { due[$0] }
    }
    await translate(due)
    latest = nil
    var blocks: [UInt8] = []
    var lines: [Line] = []
    for packet in due {
      guard !isOver, recorder.packets < request.packets, sink.position + UInt64(blocks.count) < request.size else {
        isOver = true
        break
      }
      record(packet, &blocks, &lines)
      if blocks.count > 1 << 20 {
        write(blocks)
        blocks = []
      }
    }
    write(blocks)
    if !lines.isEmpty { Console.print(lines, request.output.style) }
  }

  /// Looks up what became of flows that no row is about: those of sockets of this host that are translated on their way out.
  private mutating func translate(_ packets: [Waiting]) async {
    var unknown: Set<Leg> = []
    var before: Leg?
    for packet in packets where unknown.count < Self.lookups {
      guard let layer = packet.headers.innermost, layer.hasPorts || layer.flow.transport.isICMP else { continue }
      guard let place = source(of: packet)?.place else { continue }
      let leg = Leg(layer.flow, at: place)
      if leg == before { continue }
      before = leg
      if attribution.mayBeTranslated(layer.flow, at: place) { unknown.insert(Leg(layer.flow.unordered, at: place)) }
    }
    for leg in unknown {
      // Without an answer the owner stays unknown, which the packet's comment says.
      guard let found = try? await vantage.translation(of: leg.flow, in: leg.place) else {
        attribution.add(nil, of: leg.flow, at: leg.place)
        continue
      }
      attribution.add((found.original, found.translated), of: leg.flow, at: leg.place)
    }
  }

  private mutating func record(_ waiting: Waiting, _ blocks: inout [UInt8], _ lines: inout [Line]) {
    guard let source = source(of: waiting) else { return }
    let dissected = waiting.headers
    let layer = dissected.innermost
    let time = Double(waiting.packet.time) / 1e9
    var finding = layer.map { find($0, at: source.place, time) } ?? PacketAttribution.Finding()
    // A tunnel's packet is whose the inner flow is, or else the tunnel's.
    if dissected.inner != nil, let outer = dissected.outer, finding.owner == nil {
      let other = find(outer, at: source.place, time)
      if other.owner != nil {
        let isOfTarget = finding.isOfTarget
        finding = other
        finding.isOfTarget = finding.isOfTarget || isOfTarget
      }
    }
    guard isWanted(dissected, finding) else { return }
    let number = number(of: source, at: Source(host: waiting.host, number: waiting.packet.source), &blocks)
    var identity: UInt64?
    if request.isOnce || places.count > 1 {
      let found = identities.take(
        layer, waiting.bytes.span.bytes, isWhole: waiting.bytes.count >= waiting.packet.wire, at: number,
        time: waiting.packet.time)
      if request.isOnce, found.isCopy { return }
      identity = found.number
    }
    var packet = CaptureRecorder.Packet(
      time: waiting.packet.time, wireLength: waiting.packet.wire, isOutgoing: waiting.packet.isOutgoing,
      finding: finding, owner: finding.owner.map { attribution.owners[$0] }, name: finding.name)
    packet.identity = identity
    recorder.append(packet, waiting.bytes, at: number, dissected, to: &blocks)
    guard case .lines(let isFlows) = request.destination, !request.output.isJSON else { return }
    if isFlows {
      guard let layer, shown.count < 1_000_000, shown.insert(Leg(layer.flow.unordered, at: source.place)).inserted
      else {
        return
      }
    }
    lines.append(
      PacketLine.line(
        packet, layer, at: .init(name: "\(source.placeName) \(described[number].name)", description: "")))
  }

  /// The number of a place of capture in the file; it is described when its first packet comes.
  private mutating func number(of source: PacketBatch.Source, at key: Source, _ blocks: inout [UInt8]) -> Int {
    if let known = numbers[key] { return known }
    let number = described.count
    numbers[key] = number
    let name = source.name ?? "interface \(source.index)"
    let host = inventory.hosts == nil ? "" : " on \(inventory.hostName(key.host))"
    described.append(
      CaptureRecorder.Source(
        name: name, description: "\(name) in \(source.placeName)\(host), netns \(source.place.namespace)"))
    recorder.add(described[number], to: &blocks)
    return number
  }

  private mutating func find(_ layer: PacketLayer, at place: Place, _ time: Double) -> PacketAttribution.Finding {
    var flow = layer.flow
    if layer.isFirstFragment || layer.isLaterFragment {
      let key = FragmentKey(
        source: flow.source.address, destination: flow.destination.address, transport: flow.transport,
        identification: layer.identification)
      if layer.isFirstFragment {
        if fragments.count > 10_000 { fragments = [:] }
        fragments[key] = flow
      } else {
        flow = fragments[key] ?? flow
      }
    }
    guard flow.transport.isICMP else {
      // Packets come in trains.
      if let latest, latest.flow == flow, latest.place == place, time - latest.time < 0.01, layer.tcp?.opens != true {
        return latest.finding
      }
      let finding = attribution.find(flow, at: place, time: time)
      latest = (flow, place, time, finding)
      return finding
    }
    // The meter has an echo's identifier at both ends, and none of a raw socket that sends something else.
    let identifier = max(flow.source.port, flow.destination.port)
    (flow.source.port, flow.destination.port) = (identifier, identifier)
    let finding = attribution.find(flow, at: place, time: time)
    guard finding.owner == nil, identifier != 0 else { return finding }
    (flow.source.port, flow.destination.port) = (0, 0)
    let other = attribution.find(flow, at: place, time: time)
    return other.owner == nil ? finding : other
  }

  private func isWanted(_ dissected: DissectedPacket, _ finding: PacketAttribution.Finding) -> Bool {
    guard let target else { return true }
    if case .interface = target.plain { return true }
    return finding.isOfTarget
      || [dissected.inner, dissected.outer].contains { layer in layer.map { target.covers($0.flow) } ?? false }
  }

  /// How it went.
  ///
  /// - Parameter failures: hosts that did not answer.
  func answer(_ failures: [HostFailure]) -> CaptureAnswer {
    var options = PacketReport.Options()
    options.targetText = request.target
    let document = recorder.document(options, dropped: lost)
    let all = sources.values.joined().reduce(0) { $0 &+ $1.received } &+ lost
    let summary = CaptureSummary(
      file: sink.path, seconds: seconds, packets: recorder.packets, bytes: recorder.bytes,
      packetsWithProcess: recorder.owned, lost: lost, lostShare: all == 0 ? 0 : Double(lost) / Double(all),
      places: places.map { inventory.namespace($0)?.name ?? "namespace \($0.namespace)" }, failure: sink.failure,
      notes: notes)
    var answer = CaptureAnswer(
      summary: summary, packets: PcapAnswer(document: document, grouping: nil, top: 10), failures: failures)
    // Of places that were named, each is captured or refused at the beginning.
    answer.isBlind = request.places.isEmpty && hosts.contains { inventory.concealment(on: $0) != nil }
    return answer
  }
}
