internal import Documents
internal import Flows

extension PacketReport {
  /// Who makes the most of what was asked about: the address that began conversations with most bytes.
  var answer: PacketsAnswer? {
    struct Source {
      var out: UInt64 = 0
      var back: UInt64 = 0
      var services: [Endpoint: UInt64] = [:]
      var bytes: UInt64 { out &+ back }
    }
    var sources: [IPAddress: Source] = [:]
    for connection in matched where connection.bytes > 0 {
      let flow = connections.flow(connection)
      var source = sources[flow.source.address] ?? Source()
      source.out &+= connection.out.bytes
      source.back &+= connection.back.bytes
      if source.services.count < 1000 || source.services[flow.destination] != nil {
        source.services[flow.destination, default: 0] &+= connection.bytes
      }
      sources[flow.source.address] = source
    }
    guard let (address, source) = sources.max(by: { ($0.value.bytes, $1.key) < ($1.value.bytes, $0.key) }),
      let service = source.services.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })
    else { return nil }
    let own = matched.filter { connections.flow($0).source.address == address && $0.bytes > 0 }
    let withService = own.filter { connections.flow($0).destination == service.key }
    let unseen = own.first { !connections.rows[$0.main].beginning.isSeen }.map { connections.rows[$0.main] }
    let count = own.reduce(0) { $0 + Int(connections.rows[$1.main].conversations) }
    let name = withService.lazy.compactMap { self.name(self.connections.rows[$0.main])?.name }.first
    let owner = withService.lazy.compactMap { self.owner($0) }.first
    var answer = PacketsAnswer(
      source: "\(address)", service: Self.service(service.key, connections.flow(withService[0]).transport),
      share: share(source.bytes), bytes: source.bytes, bytesSent: source.out, bytesReceived: source.back,
      conversations: count, isSeen: unseen == nil, reason: unseen.map { $0.beginning.reason ?? "nothing shows it" },
      name: name, owner: owner, text: "")
    answer.sourceName = files.lazy.compactMap { $0.names[address] }.first
    answer.text = sentence(answer, part: Double(service.value) / Double(max(1, source.bytes)))
    return answer
  }

  private static func service(_ end: Endpoint, _ transport: Transport) -> String {
    transport.hasPorts ? "\(end)" : "\(end.address) (\(transport))"
  }

  /// - Parameter part: the service's part of the source's bytes.
  private func sentence(_ answer: PacketsAnswer, part: Double) -> String {
    let all = options.targetText.map { "of \($0)" } ?? "in all conversations"
    var text =
      "\(answer.source)\(answer.sourceName.map { " (\($0))" } ?? "") is the source of \(Self.percent(answer.share)) of the bytes \(all)"
      + " (\(Self.amount(answer.bytes)) of \(Self.amount(sum.bytes))): "
    text += answer.isSeen ? "it began " : "it most likely began "
    text += answer.conversations == 1 ? "one conversation" : "\(answer.conversations) conversations"
    if options.targetText != answer.service {
      text += part >= 0.999 ? " with \(answer.service)" : ", most of it with \(answer.service)"
    }
    if let name = answer.name { text += " (\(name))" }
    if answer.bytesReceived >= answer.bytesSent {
      text += ", pulls \(Self.amount(answer.bytesReceived)) and sends \(Self.amount(answer.bytesSent))"
    } else {
      text += ", sends \(Self.amount(answer.bytesSent)) and gets \(Self.amount(answer.bytesReceived))"
    }
    if let owner = answer.owner { text += "; process \(owner)" }
    if let reason = answer.reason { text += "; the start was not captured: \(reason)" }
    return text
  }

  private static func percent(_ share: Double) -> String {
    guard share < 1 else { return "100.0 %" }
    let tenths = Int((min(0.999, max(0.001, share)) * 1000).rounded())
    return "\(tenths / 10).\(tenths % 10) %"
  }

  /// `12.3 MB`, as the program's other views write it.
  private static func amount(_ bytes: UInt64) -> String {
    var value = Double(bytes)
    if value < 999.5 { return "\(bytes) B" }
    for prefix in ["k", "M", "G", "T", "P", "E"] {
      value /= 1000
      if value < 999.95 || prefix == "E" {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(prefix)B"
      }
    }
    return "\(bytes) B"
  }
}
