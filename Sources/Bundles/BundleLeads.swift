internal import Flows
internal import Proxies

/// Hints on where traffic may come from, in the configurations of relays whose sockets are not in the bundle.
struct BundleLeads {
  let evidence: PastedEvidence
  let places: PastedInventory
  let interval: Interval

  /// Lines such as
  /// `haproxy.cfg:14: haproxy's qcproxy leads 10.12.32.13:3129 to 10.8.1.3:3129 …: ask its clients there`.
  var notes: [String] {
    var result: [String] = []
    for place in evidence.places.sorted(by: { "\($0)" < "\($1)" }) {
      let findings = PlaceFindings(evidence: evidence, place: place)
      for software in ["haproxy", "nginx"] where isConfigured(software, findings) {
        let process = Process(pid: 0, name: software)
        guard let reader = RelayReaders.reader(for: process) else { continue }
        do throws(RelayError) {
          let program = RecordedProgram(process, at: places.ids[place], findings: findings)
          result += leads(try reader.read(program).answer(), software)
        } catch {
          result.append("\(error)")
        }
      }
      result += ruleLeads(place)
    }
    return Array(result.prefix(8))
  }

  /// Lines such as
  /// `rules.txt:7: tcp port 8080 is led to 172.17.0.5:80 (container web) by a rule: conntrack -L shows who uses it`.
  private func ruleLeads(_ place: EvidencePlace) -> [String] {
    let seen = Set(interval.flows.flatMap { [$0.flow, $0.translated ?? $0.flow] }.map(\.destination))
    return (evidence.findings.all(NATRule.self)[place] ?? []).compactMap { item in
      let rule = item.value
      // A tracked connection says more than a rule.
      guard let port = rule.port, !seen.contains(rule.target) else { return nil }
      let owner = places.inventory.namespaces.first { $0.owns(rule.target.address) && !$0.isHost }
      let target = rule.target.port == 0 ? "\(rule.target.address)" : "\(rule.target)"
      return "\(item.source): \(rule.transport.map { "\($0) " } ?? "")port \(port) is led to \(target)"
        + (owner.map { " (\($0.name))" } ?? "") + " by a rule: \(evidence.entry(place))conntrack -L shows who uses it"
    }
  }

  private func isConfigured(_ software: String, _ findings: PlaceFindings) -> Bool {
    software == "haproxy"
      ? !findings.all(RecordedHAProxyFile.self).isEmpty : !findings.all(RecordedNginxFile.self).isEmpty
  }

  private func leads(_ answer: RelayAnswer, _ software: String) -> [String] {
    let own = Set(places.inventory.namespaces.flatMap(\.interfaces).flatMap(\.addresses).map(\.address))
    // If the relay's own sockets are known, the trace follows those.
    let held = Set(
      interval.flows.filter { $0.owner.process?.name.hasPrefix(software) == true }.flatMap { row in
        [row.flow.source, row.flow.destination]
      })
    let wanted = Set(
      interval.flows.flatMap { [$0.flow, $0.translated ?? $0.flow] }.flatMap { [$0.source, $0.destination] })
    var result: [String] = []
    for frontend in answer.frontends {
      for name in frontend.backends ?? [] {
        guard let backend = answer.backends.first(where: { $0.name == name }) else { continue }
        for server in backend.servers {
          guard let address = server.address, let port = server.port else { continue }
          let target = Endpoint(address, port)
          guard !held.contains(target), wanted.contains(target) || interval.flows.isEmpty else { continue }
          let listens = frontend.listens.map { listen in
            let address = listen.address.map { "\($0):" } ?? "port "
            return "\(address)\(listen.firstPort)"
          }
          let isHere = frontend.listens.contains { $0.address.map { own.contains($0) } ?? false }
          let place = isHere ? "on this host" : "on a host whose sockets are not in the bundle"
          let ports = frontend.listens.map { "sport = :\($0.firstPort)" }.joined(separator: " or ")
          result.append(
            "\(frontend.configuration): \(software)'s \(frontend.name) leads \(listens.joined(separator: ", ")) to \(target) \(place):"
              + " ask for its clients there (ss -tnp '\(ports)')")
        }
      }
    }
    return result
  }
}

extension PastedEvidence {
  /// Whether this evidence has a configuration of a program whose sockets are in `other`.
  func configures(_ other: PastedEvidence) -> Bool {
    let programs = Set(other.sockets.values.joined().flatMap { $0.value.holders.map(\.name) })
    let wanted =
      (findings.all(RecordedHAProxyFile.self).isEmpty ? [] : ["haproxy"])
      + (findings.all(RecordedNginxFile.self).isEmpty ? [] : ["nginx", "openresty"])
    return wanted.contains { name in programs.contains { $0.hasPrefix(name) } }
  }
}
