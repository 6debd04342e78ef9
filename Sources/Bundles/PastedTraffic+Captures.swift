internal import Capture
internal import Flows
internal import Questions

/// The content of all captures of a place.
struct CapturedTraffic: Sendable {
  /// The conversations, each with the first capture that has it.
  private(set) var conversations: [EvidencePlace: [(conversation: Conversation, file: String)]] = [:]
  /// The time of the first packet, in seconds since 1970, UTC; nil if no capture has dates.
  private(set) var started: Double?
  /// The time in which something was captured, in seconds; nil if no packet has a time.
  private(set) var seconds: Double?
  /// Why a flow's packets reached nobody, by place, where a firewall's log says so.
  private(set) var stopped: [EvidenceLeg: String] = [:]
  /// Addresses behind a tunnel's device of the place, each with the capture that shows it.
  private(set) var tunnelClients: [EvidencePlace: [IPAddress: String]] = [:]
  private var index: [EvidenceLeg: Int] = [:]

  init(_ captures: [RecordedCapture]) {
    for capture in captures {
      for address in capture.tunnelClients {
        tunnelClients[capture.place, default: [:]][address] = tunnelClients[capture.place]?[address] ?? capture.file
      }
      for (flow, reason) in capture.stopped { stopped[EvidenceLeg(place: capture.place, flow: flow)] = reason }
      for conversation in capture.conversations {
        let names = conversation.names.map { EvidenceLeg(place: capture.place, flow: $0.unordered) }
        let known = names.compactMap { index[$0] }.first
        let position = known ?? conversations[capture.place]?.count ?? 0
        if known != nil {
          conversations[capture.place]?[position].conversation.merge(conversation)
        } else {
          conversations[capture.place, default: []].append((conversation, capture.file))
        }
        for name in names { index[name] = position }
      }
    }
    started = captures.filter { $0.isDated && !$0.isText }.compactMap(\.window?.lowerBound).min()
    seconds = Self.covered(captures)
  }

  /// The seconds that the captures' windows cover together, without the time between them. Times of day may lie within
  /// a window with dates, or not: the longer of the two counts.
  private static func covered(_ captures: [RecordedCapture]) -> Double? {
    let windows = [captures.filter(\.isDated), captures.filter { !$0.isDated }].map { $0.compactMap(\.window) }
    return windows.filter { !$0.isEmpty }.map { ranges in
      var covered = 0.0
      var end = -Double.infinity
      for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
        covered += max(0, range.upperBound - max(end, range.lowerBound))
        end = max(end, range.upperBound)
      }
      return covered
    }.max()
  }

  /// The conversation of `flow`, in either direction.
  func conversation(_ flow: Flow, in place: EvidencePlace) -> (conversation: Conversation, file: String)? {
    index[EvidenceLeg(place: place, flow: flow.unordered)].flatMap { conversations[place]?[$0] }
  }
}

extension PastedTraffic {
  /// Adds rows for captured conversations. If another output counted a connection's bytes, those stay: they are the
  /// whole connection's, while a capture has only those of its window. There is a rate only if no other output counted
  /// anything.
  mutating func addCaptures() {
    let isCounted = rows.contains { !$0.traffic.isZero }
    for (place, list) in evidence.captured.conversations {
      guard let id = places.ids[place], let description = places.inventory.namespace(id) else { continue }
      let own = Set(description.interfaces.flatMap(\.addresses).map(\.address))
      for (conversation, file) in list {
        let flow = conversation.flow
        if let tracked = translations.entry(flow, in: place), tracked.packets == nil,
          let known = index[Leg(tracked.original, at: id)]
        {
          // The same connection before or after its translation.
          let isForward = flow == tracked.original || flow == tracked.translated
          fill(known, isForward ? conversation.traffic : conversation.traffic.reversed)
          continue
        }
        if let translated = conversation.translated?.flow {
          addTranslated(conversation, translated, at: place, description, own)
          continue
        }
        if let known = index[Leg(flow, at: id)] {
          fill(known, conversation.traffic)
          tellRole(known, .initiator, conversation)
          continue
        }
        if let known = index[Leg(flow.reversed, at: id)] {
          fill(known, conversation.traffic.reversed)
          tellRole(known, .responder, conversation)
          continue
        }
        let isFromHost = own.contains(flow.source.address) || flow.source.address.isLoopback
        let isToHost = own.contains(flow.destination.address) || flow.destination.address.isLoopback
        let isForwarded = !isFromHost && !isToHost
        // Of packets that were stopped only the sender can have begun.
        let isKnown =
          conversation.beginning != .unknown
          || evidence.captured.stopped[EvidenceLeg(place: place, flow: flow.unordered)] != nil
        let role: FlowTraffic.Role =
          isForwarded ? .forwarded : !isKnown ? .peer : isFromHost ? .initiator : .responder
        if isForwarded, own.isEmpty {
          let isOfTunnel = evidence.captures.contains { $0.file == file && $0.isOfTunnel }
          note(
            "\(file) does not say which end is this host's: collect \(evidence.entry(place))ip address"
              + (isOfTunnel
                ? ", and the VPN's status (OpenVPN's status file, wg show): it was captured on a tunnel's device" : ""))
        }
        var row = FlowTraffic(
          namespace: id, namespaceName: description.name, role: role,
          flow: isFromHost || isForwarded ? flow : flow.reversed,
          owner: Owner(
            container: description.container,
            reason: evidence.captured.stopped[EvidenceLeg(place: place, flow: flow.unordered)]
              ?? reason(description, place, file, own, isForwarded: isForwarded)),
          traffic: isFromHost || isForwarded ? conversation.traffic : conversation.traffic.reversed,
          interface: interfaceName(toward: isFromHost ? flow.destination.address : flow.source.address, in: id),
          outInterface: isForwarded ? interfaceName(toward: flow.destination.address, in: id) : nil,
          closed: conversation.isClosed)
        row.inference = conversation.beginning.inference
        add(row)
      }
    }
    if let covered = evidence.captured.seconds, !isCounted, rows.contains(where: { !$0.traffic.isZero }) {
      seconds = covered
    }
  }

  /// Uses captured traffic only if the row has no count.
  private mutating func fill(_ row: Int, _ traffic: Traffic) {
    if rows[row].traffic.isZero { rows[row].traffic = traffic }
  }

  private mutating func tellRole(_ row: Int, _ role: FlowTraffic.Role, _ conversation: Conversation) {
    guard rows[row].role == .peer, conversation.beginning != .unknown else { return }
    rows[row].role = role
    rows[row].inference = conversation.beginning.inference
  }

  /// Adds a connection that is forwarded and translated at the place, as the capture itself shows.
  private mutating func addTranslated(
    _ conversation: Conversation, _ translated: Flow, at place: EvidencePlace, _ description: NamespaceDescription,
    _ own: Set<IPAddress>
  ) {
    let flow = conversation.flow
    // One end may be a socket here: before the translation for incoming flows, after it for outgoing ones.
    for (end, role) in [(flow, FlowTraffic.Role.initiator), (translated.reversed, .responder)] {
      guard let known = index[Leg(end, at: description.id)] else { continue }
      fill(known, role == .initiator ? conversation.traffic : conversation.traffic.reversed)
      tellRole(known, role, conversation)
      return
    }
    let isFrom = own.contains(flow.source.address)
    let isTo = own.contains(translated.destination.address)
    var row = FlowTraffic(
      namespace: description.id, namespaceName: description.name,
      role: isFrom ? .initiator : isTo ? .responder : .forwarded, flow: isTo && !isFrom ? translated.reversed : flow,
      translated: isFrom || isTo ? nil : translated,
      owner: Owner(
        container: description.container,
        reason: isFrom || isTo
          ? reason(description, place, "", own, isForwarded: false) : "it only passes here"),
      traffic: isTo && !isFrom ? conversation.traffic.reversed : conversation.traffic,
      interface: interfaceName(toward: flow.source.address, in: description.id),
      outInterface: interfaceName(toward: translated.destination.address, in: description.id),
      closed: conversation.isClosed)
    row.inference = conversation.beginning.inference
    add(row)
  }

  private func reason(
    _ description: NamespaceDescription, _ place: EvidencePlace, _ file: String, _ own: Set<IPAddress>,
    isForwarded: Bool
  ) -> String {
    if isForwarded {
      return own.isEmpty
        ? "\(file) does not say which end is this host's: collect \(evidence.entry(place))ip address"
        : "forwarded: it only passes through this host"
    }
    return sockets.hasListing(of: place)
      ? "the socket listing of \(description.isHost ? "the host" : description.name) does not have it"
      : "no socket listing of \(description.isHost ? "the host" : description.name) in the bundle: collect \(evidence.entry(place))ss -tunap"
  }

  /// The names and DNS answers in captures, with their places.
  var capturedNames: (names: [FlowName], answers: [NameAnswer]) {
    var names: [FlowName] = []
    var answers: [NameAnswer] = []
    for capture in evidence.captures {
      names += capture.names.map { name in
        var name = name
        name.namespace = places.ids[capture.place]
        return name
      }
      answers += capture.answers.map { answer in
        var answer = answer
        answer.namespace = places.ids[capture.place]
        return answer
      }
    }
    return (names, answers)
  }
}
