internal import Clues
public import Flows

extension BundleVantage {
  /// For a hop that plain outputs show: the files and lines that do.
  public func evidence(for hop: Hop, in namespace: Place) async throws -> [Evidence] {
    guard recordedInventory == nil, let place = place(namespace) else { return hop.evidence }
    switch hop.kind {
    case .nat: return nat(hop, place)
    case .socket, .unknown: return socket(hop, place)
    case .container: return container(place)
    case .relay: return relay(hop, place)
    case .tunnel:
      return hop.evidence.filter { TunnelReaders.types.contains($0.source) } + route(hop, namespace)
    case .external: return route(hop, namespace) + captured(hop, place)
    case .host: return host(hop, place)
    case .link, .edge: return hop.evidence
    }
  }

  private func cite(_ reader: String, _ source: EvidenceLine, _ detail: String) -> Evidence {
    Evidence(reader, "\(source): \(detail)", command: files.command(source))
  }

  private func nat(_ hop: Hop, _ place: EvidencePlace) -> [Evidence] {
    guard let flow = hop.flow, let entry = translations.entry(flow, in: place) else { return hop.evidence }
    let after = entry.value.translated
    return [
      cite("conntrack", entry.source, "\(flow) is \(after.source) -> \(after.destination) after translation")
    ]
  }

  /// The line by which the flow is known on the host that was entered.
  private func host(_ hop: Hop, _ place: EvidencePlace) -> [Evidence] {
    guard let flow = hop.flow else { return hop.evidence }
    let others = hop.evidence.filter { $0.source != "host" }
    if let entry = translations.entry(flow, in: place) {
      return others + [cite("conntrack", entry.source, "\(flow) is tracked on \(host)")]
    }
    let lines = socket(hop, place)
    return lines.isEmpty ? hop.evidence : others + lines
  }

  private func socket(_ hop: Hop, _ place: EvidencePlace) -> [Evidence] {
    guard let flow = hop.flow else { return hop.evidence }
    var result: [Evidence] = []
    for own in [flow, flow.reversed] {
      guard let socket = plainSockets.socket(own, in: place) else { continue }
      let holder = socket.value.holders.first.map { ", held by \($0.name) (pid \($0.pid))" } ?? ""
      result.append(cite("sockets", socket.source, "a socket in state \(socket.value.state)\(holder)"))
      break
    }
    if let line = relays.session(flow) {
      result.append(cite("haproxy", line, "it lists this connection"))
    }
    if result.isEmpty, let entry = translations.entry(flow, in: place) {
      result.append(cite("conntrack", entry.source, "the connection is tracked here"))
    }
    if result.isEmpty,
      let line = evidence.nethogs.first(where: { item in
        item.value.ends.map { Flow(.tcp, from: $0.local, to: $0.remote).unordered == flow.unordered } ?? false
      })
    {
      result.append(cite("nethogs", line.source, "the connection had traffic"))
    }
    if let (conversation, file) = evidence.captured.conversation(flow, in: place) {
      let packets = conversation.traffic.packetsIn + conversation.traffic.packetsOut
      result.append(
        Evidence(
          "capture",
          "\(file): packet \(conversation.firstPacket) is the first of \(packets) between \(flow.source) and \(flow.destination)",
          command: files.command(capture: file, filter: RecordedCapture.filter(flow))))
    }
    let inferred = hop.evidence.filter { $0.source == "ports" }
    return result + inferred
  }

  /// Where an address outside was captured.
  private func captured(_ hop: Hop, _ place: EvidencePlace) -> [Evidence] {
    guard let address = hop.address, let list = evidence.captured.conversations[place] else { return [] }
    let found = list.first { item in
      let flow = item.conversation.flow
      return flow.source.address == address || flow.destination.address == address
    }
    guard let (conversation, file) = found else { return [] }
    let command = files.command(capture: file, filter: "host \(address)")
    return [
      Evidence("capture", "\(file): packet \(conversation.firstPacket) is of \(conversation.flow)", command: command)
    ]
  }

  private func container(_ place: EvidencePlace) -> [Evidence] {
    guard let known = places.container(place),
      let item = evidence.containers.first(where: { $0.value.container.id == known.id })
    else { return [Evidence("bundle", "outputs that were taken inside \(place)")] }
    let name = known.names.first ?? known.id
    let addresses = known.networks.compactMap { $0.v4 ?? $0.v6 }
    let cited = addresses.compactMap { address in
      item.value.addressLines[address].map { line in
        cite("docker", EvidenceLine(file: item.source.file, line: line), "container \(name) has \(address)")
      }
    }
    let unseen = cited.count < addresses.count ? addresses.map { "\($0)" }.joined(separator: ", ") : ""
    return [
      cite(
        "docker", item.source,
        "\(known.id.prefix(12)) is container \(name)" + (unseen.isEmpty ? "" : " and has \(unseen)"))
    ] + cited
  }

  private func relay(_ hop: Hop, _ place: EvidencePlace) -> [Evidence] {
    var result = hop.evidence.filter { $0.source == "configuration" }
    for index in result.indices { result[index].command = hop.relay?.configuration.flatMap(files.command(place:)) }
    if hop.relay?.method == RelayLink.Method.session.rawValue, let flow = hop.flow,
      let line = relays.session(flow)
    {
      result.append(cite("haproxy", line, "it lists \(flow) as this session's client"))
    } else {
      result += hop.evidence.filter { $0.source != "configuration" }.map { evidence in
        Evidence(evidence.source, evidence.detail)
      }
    }
    return result
  }

  private func route(_ hop: Hop, _ namespace: Place) -> [Evidence] {
    guard let address = hop.address else { return [] }
    let description = places.inventory.namespace(namespace)
    let name = description?.isHost == true ? host : description?.name ?? "the namespace"
    guard let found = routes.route(to: address, in: namespace) else {
      return hop.kind == .external ? [Evidence("route", "no known host has \(address)")] : []
    }
    let device = places.inventory.namespace(namespace)?.interface(found.answer.interface)?.name ?? "an interface"
    let detail = "\(address) is reached through \(device) of \(name)"
    if let source = found.source { return [cite("route", source, detail)] }
    return [Evidence("route", "\(detail), by its network")]
  }
}
