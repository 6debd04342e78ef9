internal import Capture
internal import Flows
internal import Programs

/// The files and lines that are the evidence for conclusions from pasted outputs.
extension BundleVantage {
  func cite(_ reader: String, _ source: EvidenceLine, _ detail: String) -> Evidence {
    Evidence(reader, "\(source): \(detail)", command: files.command(source))
  }

  /// Everything that shows a flow at `place`, in either direction.
  func evidence(of flow: Flow, in place: EvidencePlace) -> [Evidence] {
    var result: [Evidence] = []
    for own in [flow, flow.reversed] {
      guard let socket = pastedSockets.socket(own, in: place) else { continue }
      let holder = socket.value.holders.first.map { ", held by \($0.name) (pid \($0.pid))" } ?? ""
      result.append(cite("sockets", socket.source, "a socket in state \(socket.value.state)\(holder)"))
      break
    }
    if let line = relays.session(flow) ?? relays.session(flow.reversed) {
      result.append(cite("haproxy", line, "it lists this connection"))
    }
    if result.isEmpty, let entry = translations.entry(flow, in: place), entry.packets == nil {
      result.append(cite("conntrack", entry.source, "the connection is tracked here"))
    }
    if result.isEmpty,
      let line = evidence.nethogs.first(where: { item in
        item.value.ends.map { Flow(.tcp, from: $0.local, to: $0.remote).unordered == flow.unordered } ?? false
      })
    {
      result.append(cite(line.value.tool, line.source, "the connection had traffic"))
    }
    if let (conversation, file) = evidence.captured.conversation(flow, in: place) {
      result.append(captured(conversation, file, flow))
    }
    return result
  }

  /// Where a monitor tells a program's traffic, whose connections nobody lists.
  func evidence(ofProgram row: FlowTraffic) -> [Evidence] {
    let line = evidence.nethogs.first { $0.value.pid != nil && $0.value.pid == row.owner.process?.pid }
    return line.map { [cite($0.value.tool, $0.source, "all of the program's traffic; it does not show with whom")] }
      ?? []
  }

  func isText(_ file: String) -> Bool { evidence.captures.contains { $0.file == file && $0.isText } }

  private func captured(_ conversation: Conversation, _ file: String, _ flow: Flow) -> Evidence {
    let packets = conversation.traffic.packetsIn + conversation.traffic.packetsOut
    let ends = "between \(flow.source) and \(flow.destination)"
    if isText(file) {
      let line = EvidenceLine(file: file, line: Int(clamping: conversation.firstPacket))
      return cite("capture", line, "the first of \(packets) printed packets \(ends)")
    }
    return Evidence(
      "capture", "\(file): packet \(conversation.firstPacket) is the first of \(packets) \(ends)",
      command: files.command(capture: file, filter: CaptureFilter.text(flow)))
  }

  /// The captures that show an outside address.
  func captured(_ address: IPAddress, _ place: EvidencePlace) -> [Evidence] {
    guard let list = evidence.captured.conversations[place] else { return [] }
    let found = list.first { item in
      let flow = item.conversation.flow
      return flow.source.address == address || flow.destination.address == address
    }
    guard let (conversation, file) = found else { return [] }
    if isText(file) {
      let line = EvidenceLine(file: file, line: Int(clamping: conversation.firstPacket))
      return [cite("capture", line, "a packet of \(conversation.flow)")]
    }
    let command = files.command(capture: file, filter: "host \(address)")
    return [
      Evidence("capture", "\(file): packet \(conversation.firstPacket) is of \(conversation.flow)", command: command)
    ]
  }

  /// What shows that the outputs of `place` are a container's.
  func containerEvidence(_ place: EvidencePlace) -> [Evidence] {
    guard let known = places.container(place),
      let item = evidence.containers.first(where: { $0.value.container.id == known.id })
    else {
      return [
        Evidence(
          "bundle",
          "outputs that were taken inside \(places.inventory.namespaces.first { places.places[$0.id] == place }?.name ?? "it")"
        )
      ]
    }
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
        (known.id == name ? "there is a container \(name)" : "\(known.id.prefix(12)) is container \(name)")
          + (unseen.isEmpty ? "" : " and has \(unseen)"))
    ] + cited
  }
}
