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

  private struct Waiting {
    var packet: PacketBatch.Packet
    var bytes: ArraySlice<UInt8>
  }

  private struct FragmentKey: Hashable {
    var source, destination: IPAddress
    var transport: Transport
    var identification: UInt16
  }

  private let request: CaptureRequest
  private let vantage: any Vantage
  private let sink: CaptureSink
  private let inventory: Inventory
  private let target: Target?
  private let link: LinkType
  private var attribution = PacketAttribution()
  private var recorder: CaptureRecorder
  private var waiting: [Waiting] = []
  private var sources: [PacketBatch.Source] = []
  /// By source: its number in the recorder.
  private var numbers: [Int: Int] = [:]
  private var described: [CaptureRecorder.Source] = []
  private var fragments: [FragmentKey: Flow] = [:]
  private var shown: Set<Leg> = []
  private var places: [Place]
  private var lost: UInt64 = 0
  private var received: UInt64 = 0
  private var notes: [String]
  private var isOver = false
  private let began = MonotonicClock.seconds
  private var seconds = 0.0

  /// Starts to capture.
  init(_ request: CaptureRequest, _ vantage: any Vantage, _ sink: CaptureSink) async throws {
    (self.request, self.vantage, self.sink) = (request, vantage, sink)
    let inventory = try await vantage.inventory()
    self.inventory = inventory
    let target = try request.target.map { text throws(TargetError) in
      try Target(text, inventory: inventory, sets: request.sets)
    }
    self.target = target
    var places = Set(try request.places.map { try CapturePlace.place($0, inventory) })
    var interface: UInt32?
    if case .interface(let name, let place)? = target?.plain {
      guard places.isEmpty || places == [place] else {
        throw CommandFailure(.usage, "\(name) is an interface of one place; leave out --in")
      }
      places = [place]
      interface = inventory.namespace(place)?.interfaces.first { $0.name == name }?.index
    } else if target == nil, places.isEmpty, let own = CapturePlace.own(inventory) {
      places = [own]
    }
    // What moves from now on has its rows.
    try await vantage.beginIntervals()
    let start = try await vantage.ask(
      CaptureQuestion(places: places, interface: interface, filter: request.filter, snap: request.snap)
    ).value
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
      take(try await vantage.ask(PacketsQuestion(within: max(0.01, min(0.2, left)))).value)
      guard MonotonicClock.seconds >= asked + Self.interval else { continue }
      asked = MonotonicClock.seconds
      let limit = SystemClock.now() - Self.patience
      try await learn(isLast: false)
      try await flush(before: UInt64(max(0, limit) * 1e9))
    }
    seconds = MonotonicClock.seconds - began
    var isWhole = false
    while !isWhole {
      let batch = try await vantage.ask(PacketsQuestion(within: 1, isLast: true)).value
      take(batch)
      isWhole = batch.isWhole || (batch.packets.isEmpty && MonotonicClock.seconds > began + seconds + 30)
    }
    try await learn(isLast: true)
    try await flush(before: .max)
    write(recorder.finish(dropped: lost))
    sink.settle(recorder)
  }

  private mutating func write(_ blocks: [UInt8]) {
    sink.write(blocks)
    recorder.wrote(blocks.count)
    if sink.failure != nil || sink.isClosed { isOver = true }
  }

  private mutating func take(_ batch: PacketBatch) {
    sources = batch.sources
    lost = batch.lost
    for note in batch.notes where !notes.contains(note) { notes.append(note) }
    var offset = 0
    for packet in batch.packets {
      waiting.append(Waiting(packet: packet, bytes: batch.bytes[offset..<offset + packet.length]))
      offset += packet.length
    }
  }

  /// Asks the meter whose the flows are.
  private mutating func learn(isLast: Bool) async throws {
    let interval = try await vantage.nextInterval(after: 0, isLast: isLast)
    let names = NameIndex(interval)
    let target = target
    attribution.add(
      interval.flows, isOfTarget: { target?.covers($0, names) ?? false }, name: { names?.name(of: $0) })
    for note in interval.notes where isLast && !notes.contains(note) && request.output.isVerbose { notes.append(note) }
  }

  private mutating func flush(before limit: UInt64) async throws {
    var due: [Waiting] = []
    var later: [Waiting] = []
    for packet in waiting { if packet.packet.time <= limit { due.append(packet) } else { later.append(packet) } }
    waiting = later
    due.sort { $0.packet.time < $1.packet.time }
    await translate(due)
    var blocks: [UInt8] = []
    var lines: [Line] = []
    for packet in due {
      guard !isOver, recorder.packets < request.packets else {
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
    for packet in packets where unknown.count < Self.lookups {
      let layer = Dissector.dissect(packet.bytes.span.bytes, link: link, wireLength: packet.packet.wire).innermost
      guard let layer, layer.hasPorts || layer.flow.transport.isICMP else { continue }
      let place = sources[packet.packet.source].place
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
    let source = sources[waiting.packet.source]
    let dissected = Dissector.dissect(waiting.bytes.span.bytes, link: link, wireLength: waiting.packet.wire)
    let layer = dissected.innermost
    var finding = layer.map { find($0, at: source.place) } ?? PacketAttribution.Finding()
    // A tunnel's packet is whose the inner flow is, or else the tunnel's.
    if dissected.inner != nil, let outer = dissected.outer, finding.owner == nil {
      let other = find(outer, at: source.place)
      if other.owner != nil {
        let isOfTarget = finding.isOfTarget
        finding = other
        finding.isOfTarget = finding.isOfTarget || isOfTarget
      }
    }
    guard isWanted(dissected, finding) else { return }
    let number: Int
    if let known = numbers[waiting.packet.source] {
      number = known
    } else {
      number = described.count
      numbers[waiting.packet.source] = number
      let place = CaptureRecorder.Source(
        name: source.name ?? "interface \(source.index)",
        description:
          "\(source.name ?? "interface \(source.index)") in \(source.placeName), netns \(source.place.namespace)")
      described.append(place)
      recorder.add(place, to: &blocks)
    }
    let packet = CaptureRecorder.Packet(
      time: waiting.packet.time, wireLength: waiting.packet.wire, isOutgoing: waiting.packet.isOutgoing,
      finding: finding, owner: finding.owner.map { attribution.owners[$0] }, name: finding.name)
    recorder.append(packet, waiting.bytes, at: number, layer, to: &blocks)
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

  private mutating func find(_ layer: PacketLayer, at place: Place) -> PacketAttribution.Finding {
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
    guard flow.transport.isICMP else { return attribution.find(flow, at: place) }
    // The meter has an echo's identifier at both ends, and none of a raw socket that sends something else.
    let identifier = max(flow.source.port, flow.destination.port)
    (flow.source.port, flow.destination.port) = (identifier, identifier)
    let finding = attribution.find(flow, at: place)
    guard finding.owner == nil, identifier != 0 else { return finding }
    (flow.source.port, flow.destination.port) = (0, 0)
    let other = attribution.find(flow, at: place)
    return other.owner == nil ? finding : other
  }

  private func isWanted(_ dissected: DissectedPacket, _ finding: PacketAttribution.Finding) -> Bool {
    guard let target else { return true }
    if case .interface = target.plain { return true }
    return finding.isOfTarget
      || [dissected.inner, dissected.outer].contains { layer in layer.map { target.covers($0.flow) } ?? false }
  }

  /// How it went.
  var answer: CaptureAnswer {
    var options = PacketReport.Options()
    options.targetText = request.target
    let document = recorder.document(options, dropped: lost)
    let all = sources.reduce(0) { $0 &+ $1.received } &+ lost
    let summary = CaptureSummary(
      file: sink.path, seconds: seconds, packets: recorder.packets, bytes: recorder.bytes,
      packetsWithProcess: recorder.owned, lost: lost, lostShare: all == 0 ? 0 : Double(lost) / Double(all),
      places: places.map { inventory.namespace($0)?.name ?? "namespace \($0.namespace)" }, failure: sink.failure,
      notes: notes)
    return CaptureAnswer(
      summary: summary, packets: PcapAnswer(document: document, grouping: nil, top: 10))
  }
}
