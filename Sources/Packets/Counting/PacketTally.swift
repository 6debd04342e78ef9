public import Capture
internal import Flows

/// Counts packets by conversation, in one pass and in constant memory.
public struct PacketTally: Sendable {
  let limits: PacketLimits
  /// Which packets count in `times`; nil for all.
  let target: PacketTarget?
  var rows: [PacketRow] = []
  private var slots: FlowSlots
  var echoes = PacketEchoes()
  var translations = Translations()
  var places = CapturePlaces()
  var times = PacketTimes()
  var pollers = Pollers()
  var questions = NameQuestions()
  private var names = NameReader()
  private var fed = 0
  var foundNames: [FlowName] = []
  var nameNumbers: [String: Int32] = [:]
  /// The latest name that DNS gave for an address.
  var answers: [IPAddress: String] = [:]
  var commentOwners: [CapturedProcess] = []
  private var commentNumbers: [String: Int] = [:]
  private struct FragmentKey: Hashable {
    var source, destination: IPAddress
    var transport: Transport
    var identification: UInt16
  }
  private var fragments: [FragmentKey: Int] = [:]
  var others: [String: PacketCount] = [:]
  var unreadLinks: Set<LinkType> = []

  /// All packets.
  var all = PacketCount()
  /// Bytes and packets that no row could take.
  var left = PacketCount()
  var tunnelled: UInt64 = 0
  var doubles: UInt64 = 0
  var untimed: UInt64 = 0
  var firstTime = Double.infinity
  var lastTime = -Double.infinity
  /// How many conversations were merged into others.
  var mergedConversations: UInt64 = 0

  /// - Parameter target: what is asked about; the rest is counted, too.
  public init(target: PacketTarget? = nil, limits: PacketLimits = PacketLimits()) {
    self.limits = limits
    self.target = target
    slots = FlowSlots(limit: limits.conversations)
    var nameLimits = NameReader.Limits()
    nameLimits.flows = 4096
    names = NameReader(limits: nameLimits)
  }

  /// Counts a packet. The packets of several files should come in the order of their times.
  public mutating func take(_ packet: CapturedPacket, _ frame: RawSpan, of source: PacketSource) {
    take(packet, frame, Dissector.dissect(frame, link: packet.link, wireLength: packet.wireLength), of: source)
  }

  /// Counts a packet whose headers were read already.
  mutating func take(
    _ packet: CapturedPacket, _ frame: RawSpan, _ dissected: DissectedPacket, of source: PacketSource
  ) {
    all.add(packet.wireLength)
    if let time = packet.time, time.isFinite {
      firstTime = min(firstTime, time)
      lastTime = max(lastTime, time)
    } else {
      untimed += 1
    }
    let place = places.take(packet, dissected, file: source.number, of: source)
    guard let layer = dissected.innermost else {
      if !packet.link.isReadable { unreadLinks.insert(packet.link) }
      let kind = OtherFrames.kind(frame, packet.link)
      if others[kind] != nil || others.count < 256 { others[kind, default: PacketCount()].add(packet.wireLength) }
      return
    }
    if dissected.inner != nil, let outer = dissected.outer {
      tunnelled += 1
      if let row = row(outer, packet) {
        rows[row].carriedPackets += 1
        rows[row].carriedBytes &+= UInt64(max(0, packet.wireLength))
        note(packet.time, in: row)
      }
    }
    count(layer, packet, frame, dissected, place, source)
  }

  /// Ends a file: the packets that the capturing program lost are counted once, from the last statistics.
  mutating func finish(_ file: Int, _ interfaces: [CaptureInterface]) { places.finish(file, interfaces) }

  private mutating func note(_ time: Double?, in row: Int) {
    guard let time else { return }
    if time < rows[row].firstTime { rows[row].firstTime = time }
    if time > rows[row].lastTime { rows[row].lastTime = time }
  }

  /// The row of a packet, new if it is the first one; nil if there is no room.
  private mutating func row(_ layer: PacketLayer, _ packet: CapturedPacket) -> Int? {
    if layer.isLaterFragment || layer.isFirstFragment {
      let key = FragmentKey(
        source: layer.flow.source.address, destination: layer.flow.destination.address, transport: layer.flow.transport,
        identification: layer.identification)
      if layer.isLaterFragment {
        if let known = fragments[key] { return known }
      } else if let row = find(layer, packet) {
        if fragments.count >= limits.fragments { fragments = [:] }
        fragments[key] = row
        return row
      }
    }
    return find(layer, packet)
  }

  private mutating func find(_ layer: PacketLayer, _ packet: CapturedPacket) -> Int? {
    var (known, slot) = slots.find(layer.flow, in: rows)
    if let known { return known }
    if rows.count >= limits.conversations {
      merge()
      guard rows.count < limits.conversations else { return nil }
      (known, slot) = slots.find(layer.flow, in: rows)
    }
    let number = rows.count
    rows.append(PacketRow(layer.flow, firstPacket: packet.number))
    slots.put(number, at: slot)
    begin(number, layer)
    return number
  }

  /// Concludes who began from the first packet, so that the questions of clients can be told apart.
  private mutating func begin(_ number: Int, _ layer: PacketLayer) {
    let flow = layer.flow
    if let tcp = layer.tcp, tcp.opens || tcp.accepts {
      rows[number].beginning = .handshake
      rows[number].isReversed = tcp.accepts
    } else if let found = Beginning.inferred(flow, others: { _ in 1 }) {
      rows[number].isReversed = found.service == flow.source
    }
    guard layer.hasPorts else { return }
    let oriented = rows[number].oriented
    rows[number].poller = pollers.number(
      Pollers.Key(
        transport: oriented.transport, client: oriented.source.address, service: oriented.destination))
  }

  private mutating func count(
    _ layer: PacketLayer, _ packet: CapturedPacket, _ frame: RawSpan, _ dissected: DissectedPacket, _ place: UInt16,
    _ source: PacketSource
  ) {
    guard let number = row(layer, packet) else { return left.add(packet.wireLength) }
    let isForward =
      layer.isLaterFragment
      ? rows[number].flow.source.address == layer.flow.source.address : rows[number].flow.source == layer.flow.source
    note(packet.time, in: number)
    let index = rows[number].index(of: place)
    var isCopy = index > 0
    let content = PacketEchoes.content(layer, frame, isWhole: packet.capturedLength >= packet.wireLength)
    if content != 0 {
      let isCooked = packet.link == .linuxCooked && layer.identification != 0
      var finding = echoes.take(
        content, row: number, isForward: isForward, place: place, time: packet.time ?? 0, isCooked: isCooked)
      if case .twin(let other, let isOthersForward) = finding {
        // A number is what makes a packet of a transport without sequence numbers one of a kind.
        if layer.tcp != nil || layer.identification != 0 {
          isCopy = true
          translations.count((other, rows[other].flow, isOthersForward), (number, rows[number].flow, isForward))
        }
        // This row may have seen it as well.
        finding = echoes.take(
          PacketEchoes.content(content, of: number), row: number, isForward: isForward, place: place,
          time: packet.time ?? 0, isCooked: isCooked)
      }
      switch finding {
      case .new, .twin: break
      case .echo:
        isCopy = true
        if isForward { rows[number].forward.echoes += 1 } else { rows[number].backward.echoes += 1 }
      case .double:
        doubles += 1
        if isForward {
          rows[number].forward.doubles.add(packet.wireLength)
        } else {
          rows[number].backward.doubles.add(packet.wireLength)
        }
        return
      }
    }
    if isForward {
      rows[number].forward.counts[index].add(packet.wireLength)
    } else {
      rows[number].backward.counts[index].add(packet.wireLength)
    }
    if layer.isLaterFragment {
      rows[number].fragments &+= 1
      rows[number].fragmentBytes &+= UInt64(max(0, packet.wireLength))
    }
    if !isCopy, let time = packet.time, target?.mayMatch(layer.flow) ?? true { times.add(time, packet.wireLength) }
    if let remark = packet.remark { attribute(remark, to: number, packet, source) }
    if let tcp = layer.tcp { follow(tcp, layer, number, isForward, index, packet, frame) }
    ask(layer, packet, frame, dissected, number, isForward, isCopy)
  }

  /// TCP's handshake, end, and repeated segments.
  private mutating func follow(
    _ tcp: TCPHeader, _ layer: PacketLayer, _ number: Int, _ isForward: Bool, _ index: Int, _ packet: CapturedPacket,
    _ frame: RawSpan
  ) {
    if tcp.opens || tcp.accepts {
      // A tuple that is used again keeps its first direction.
      if rows[number].beginning != .handshake {
        rows[number].beginning = .handshake
        rows[number].isReversed = isForward == tcp.accepts
      }
    } else if rows[number].beginning == .unknown, !layer.payload.isEmpty,
      isForward ? rows[number].forward.messages < 2 : rows[number].backward.messages < 2,
      let message = FirstMessage(layer, frame)
    {
      rows[number].beginning = .request(message.name)
      rows[number].isReversed = isForward != message.isClients
    }
    if !tcp.flags.isDisjoint(with: [.fin, .reset]) { rows[number].isClosed = true }
    guard index == 0 else { return }
    if isForward {
      rows[number].forward.follow(tcp, layer, packet.time ?? 0)
    } else {
      rows[number].backward.follow(tcp, layer, packet.time ?? 0)
    }
  }

  /// Names and questions in the payload, and the client's rhythm.
  private mutating func ask(
    _ layer: PacketLayer, _ packet: CapturedPacket, _ frame: RawSpan, _ dissected: DissectedPacket, _ number: Int,
    _ isForward: Bool, _ isCopy: Bool
  ) {
    let messages = isForward ? rows[number].forward.messages : rows[number].backward.messages
    let hasPayload = layer.payloadLength > 0
    if hasPayload, messages < 255 {
      if isForward { rows[number].forward.messages += 1 } else { rows[number].backward.messages += 1 }
    }
    guard !isCopy else { return }
    if rows[number].poller >= 0, let time = packet.time, isForward != rows[number].isReversed,
      hasPayload || layer.tcp?.opens == true
    {
      pollers.note(rows[number].poller, at: time)
    }
    let isEnd = layer.tcp.map { !$0.flags.isDisjoint(with: [.syn, .fin, .reset]) } ?? false
    let isDNS = layer.flow.source.port == 53 || layer.flow.destination.port == 53
    guard layer.hasPorts, isEnd || (hasPayload && (messages < 8 || isDNS)) else { return }
    if layer.flow.destination.port == 53, layer.flow.transport == .udp {
      let end = min(layer.payload.upperBound, layer.payload.lowerBound + 320)
      if let asked = DNSAsked(frame.copy(layer.payload.lowerBound..<max(end, layer.payload.lowerBound))) {
        questions.add(asked, layer.flow, at: packet.time)
      }
      return
    }
    names.take(frame, dissected, time: packet.time ?? 0)
    fed += 1
    if fed & 255 == 0 { takeNames() }
  }

  mutating func takeNames() {
    let (found, answers) = names.drain()
    for name in found {
      guard let row = slots.find(name.flow, in: rows).row,
        rows[row].name < 0 || foundNames[Int(rows[row].name)].name == nil,
        foundNames.count < 100_000
      else { continue }
      rows[row].name = Int32(foundNames.count)
      foundNames.append(name)
    }
    for answer in answers {
      for address in answer.addresses where self.answers[address] != nil || self.answers.count < 50_000 {
        self.answers[address] = answer.question
      }
    }
  }

  /// Ends the reading of names.
  mutating func finishNames() {
    names.finish()
    takeNames()
  }

  private mutating func attribute(
    _ remark: PacketRemark, to number: Int, _ packet: CapturedPacket, _ source: PacketSource
  ) {
    let name: OwnerSighting.Name
    if let pid = remark.pid {
      name = .pid(pid)
    } else if let block = remark.block {
      name = .block(block)
    } else if let comment = remark.comment, let known = commentOwner(comment) {
      name = .comment(known)
    } else {
      return
    }
    if let index = rows[number].owners.firstIndex(where: {
      $0.name == name && $0.file == source.number && $0.section == packet.section
    }) {
      rows[number].owners[index].packets += 1
    } else if rows[number].owners.count < 8 {
      rows[number].owners.append(
        OwnerSighting(name: name, file: source.number, section: packet.section, time: packet.time ?? 0))
    }
  }

  /// The number of the process that a comment names; nil if it names none.
  private mutating func commentOwner(_ comment: String) -> Int? {
    if let known = commentNumbers[comment] { return known >= 0 ? known : nil }
    guard commentNumbers.count < 10_000 else { return nil }
    guard let process = OwnerComment.process(comment) else {
      commentNumbers[comment] = -1
      return nil
    }
    commentOwners.append(process)
    commentNumbers[comment] = commentOwners.count - 1
    return commentOwners.count - 1
  }

  // MARK: Room

  /// Merges the smaller half of the conversations by the address that began and the service.
  private mutating func merge() {
    takeNames()
    let sizes = rows.filter { !$0.isMerged }.map(\.bytes).sorted()
    let limit = sizes.isEmpty ? 0 : sizes[sizes.count / 2]
    var kept: [PacketRow] = []
    kept.reserveCapacity(limits.conversations)
    var numbers = [Int](repeating: -1, count: rows.count)
    var merged: [Flow: Int] = [:]
    for (number, row) in rows.enumerated() where row.isMerged {
      numbers[number] = kept.count
      merged[row.flow] = kept.count
      kept.append(row)
    }
    for (number, row) in rows.enumerated() where !row.isMerged {
      guard row.bytes <= limit, row.carriedPackets == 0 else {
        numbers[number] = kept.count
        kept.append(row)
        continue
      }
      mergedConversations += 1
      var flow = row.oriented
      flow.source.port = 0
      if let place = merged[flow] {
        kept[place].merge(row)
      } else if merged.count < limits.conversations / 4 {
        var sum = PacketRow(flow, firstPacket: row.firstPacket)
        sum.isMerged = true
        sum.conversations = 0
        sum.beginning = row.beginning
        sum.merge(row)
        merged[flow] = kept.count
        kept.append(sum)
      } else {
        left += row.forward.once
        left += row.backward.once
      }
    }
    rows = kept
    slots.clear()
    for (number, row) in rows.enumerated() where !row.isMerged {
      slots.put(number, at: slots.find(row.flow, in: rows).slot)
    }
    echoes.clear()
    fragments = [:]
    translations.renumber(numbers)
  }
}

extension PacketRow {
  /// Adds a conversation to this sum of several.
  mutating func merge(_ row: PacketRow) {
    conversations &+= row.conversations
    forward.merge(row.out)
    backward.merge(row.back)
    firstTime = min(firstTime, row.firstTime)
    lastTime = max(lastTime, row.lastTime)
    firstPacket = min(firstPacket, row.firstPacket)
    if name < 0 { name = row.name }
    placeCount = max(1, placeCount)
    places[0] = row.places[0]
    if owners.isEmpty { owners = row.owners }
    if row.beginning.isSurer(than: beginning) == false { beginning = row.beginning }
  }
}

extension PacketDirection {
  mutating func merge(_ other: PacketDirection) {
    counts[0] += other.once
    var surplus = other.captured
    surplus.packets -= min(surplus.packets, other.once.packets)
    surplus.bytes -= min(surplus.bytes, other.once.bytes)
    doubles += surplus
    retransmissions &+= other.retransmissions
    syns &+= other.syns
    resets &+= other.resets
  }

  /// Follows TCP's sequence numbers (RFC 9293).
  mutating func follow(_ tcp: TCPHeader, _ layer: PacketLayer, _ time: Double) {
    if tcp.opens { syns &+= 1 }
    if tcp.flags.contains(.reset) { resets &+= 1 }
    if tcp.flags.contains(.syn) {
      next = tcp.sequence &+ 1
      hasNext = true
      nextTime = time
      return
    }
    guard layer.payloadLength > 0 else { return }
    let end = tcp.sequence &+ UInt32(truncatingIfNeeded: layer.payloadLength)
    guard hasNext else {
      (next, hasNext, nextTime) = (end, true, time)
      return
    }
    if Int32(bitPattern: end &- next) > 0 {
      (next, nextTime) = (end, time)
    } else if !(layer.payloadLength == 1 && end == next), abs(time - nextTime) >= 0.003 {
      // A keep-alive repeats one byte. What comes a moment late was overtaken and not repeated.
      retransmissions &+= 1
    }
  }
}
