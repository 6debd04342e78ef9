internal import Documents
internal import Flows

extension PacketReport {
  /// What was not read, and what was concluded.
  var notes: [String] {
    var notes: [String] = []
    for file in files {
      if let failure = file.document.failure {
        notes.append("\(file.document.path): \(failure); the packets before it are counted")
      }
      if let dropped = file.document.dropped, dropped > 0 {
        notes.append("\(file.document.path): the capturing program lost \(dropped) packets, which are not in the file")
      }
    }
    if !tally.others.isEmpty {
      let all = tally.others.values.reduce(0) { $0 + $1.packets }
      let kinds = tally.others.sorted { ($1.value.packets, $0.key) < ($0.value.packets, $1.key) }.prefix(5)
      notes.append(
        "\(Self.count(all, "packet")) without IP: "
          + kinds.map { "\($0.key) \($0.value.packets)" }.joined(separator: ", ")
          + (tally.others.count > 5 ? ", …" : ""))
    }
    if tally.tunnelled > 0 {
      notes.append(
        "\(Self.count(tally.tunnelled, "packet")) carry others in a tunnel: the inner conversations have the bytes, and the tunnel's own are not counted twice"
      )
    }
    notes += copies
    let connections = matched.filter { $0.packets > 0 && self.connections.flow($0).transport.hasPorts }
    let unseen = connections.filter { !self.connections.rows[$0.main].beginning.isSeen }.count
    if unseen > 0 {
      notes.append(
        "who began is concluded in \(unseen) of \(Self.count(UInt64(connections.count), "conversation")): their start was not captured, or shows nothing"
      )
    }
    if tally.mergedConversations > 0 {
      notes.append(
        "\(tally.mergedConversations) small conversations did not fit into memory: they are merged by the address that began and the service"
      )
    }
    if tally.left.packets > 0 {
      notes.append(
        "\(Self.count(tally.left.packets, "packet")) (\(tally.left.bytes) bytes) of conversations that did not fit into memory are in no row"
      )
    }
    if tally.untimed > 0 { notes.append("\(Self.count(tally.untimed, "packet")) have no time") }
    if tally.questions.left > 0 { notes.append("\(tally.questions.left) DNS questions did not fit into memory") }
    if tally.times.step > 1 { notes.append("packets by time are counted in steps of \(Int(tally.times.step)) s") }
    return notes
  }

  /// Packets that were captured more than once.
  private var copies: [String] {
    var captured: UInt64 = 0
    for row in connections.rows { captured += row.forward.captured.packets + row.backward.captured.packets }
    var notes: [String] = []
    if captured > distinct.packets {
      notes.append(
        "\(Self.count(captured - distinct.packets, "packet")) were captured at more than one place, or before and behind a translation, and count once"
      )
    }
    let translated = matched.filter { $0.rows.count > 1 }.count
    if translated > 0 {
      notes.append(
        "\(Self.count(UInt64(translated), "connection")) \(translated == 1 ? "is" : "are") translated (NAT): the same packets, with other addresses, are in the capture"
      )
    }
    return notes
  }

  private static func count(_ number: UInt64, _ singular: String) -> String {
    "\(number) \(singular)\(number == 1 ? "" : "s")"
  }
}
