internal import Documents
internal import Flows
internal import Questions

/// The name that a socket's flow asked for.
extension HopDescriber {
  /// - Parameter flow: the flow from its initiator.
  func describeName(of flow: Flow, _ row: FlowTraffic?, _ hop: inout Hop) {
    guard let names else { return }
    let found = row.map(names.names) ?? []
    for name in found where name.kind != .dns {
      if let text = name.name {
        if hop.name == nil {
          (hop.name, hop.nameCertainty) = (text, .observed)
        } else if text != hop.name, hop.otherNames?.contains(text) != true {
          hop.otherNames = (hop.otherNames ?? []) + [text]
        }
        hop.evidence.append(Evidence(name.origin, text))
      } else if let reason = name.reason {
        hop.evidence.append(Evidence(name.origin, "no name: \(reason)"))
      }
    }
    guard hop.name == nil, let row else { return }
    let candidates = names.candidates(for: row)
    guard let answer = candidates.first else { return }
    (hop.name, hop.nameCertainty) = (answer.question, .inferred)
    let who = names.asker(of: answer)?.process.map { ", looked up by \($0.name) (pid \($0.pid))" } ?? ""
    let others =
      candidates.count == 1
      ? "" : "; \(candidates.count - 1) other names with this address were looked up"
    hop.evidence.append(
      Evidence(
        "DNS answer", "inferred: \(answer.question) has the address \(row.flow.destination.address)\(who)\(others)",
        command: nil))
  }
}

extension Chain {
  /// Adds the names of another flow with the same hops.
  mutating func adoptNames(of other: Chain) {
    for index in hops.indices where other.hops.indices.contains(index) {
      let theirs = ([other.hops[index].name] + (other.hops[index].otherNames ?? [])).compactMap { $0 }
      guard !theirs.isEmpty else { continue }
      if hops[index].name == nil {
        hops[index].name = other.hops[index].name
        hops[index].nameCertainty = other.hops[index].nameCertainty
        let known = hops[index].evidence
        hops[index].evidence += other.hops[index].evidence.filter { $0.isOfName && !known.contains($0) }
      }
      for name in theirs where name != hops[index].name && hops[index].otherNames?.contains(name) != true {
        if (hops[index].otherNames?.count ?? 0) < Self.mostOtherNames {
          hops[index].otherNames = (hops[index].otherNames ?? []) + [name]
        }
      }
    }
  }

  private static let mostOtherNames = 32
}

extension Evidence {
  fileprivate var isOfName: Bool {
    source == "DNS answer" || [FlowName.Kind.tls, .quic, .http].contains { $0.origin == source }
  }
}
