public import Documents
internal import Flows

/// What an answer claims, held against the claims of one that knew more: fewer they may be, never different.
///
/// A claim is whatever is not said to be unknown. What is unknown must say why.
public struct Claims {
  /// What of the lesser answer the whole one does not have, each in a line for the test's report.
  public internal(set) var contradictions: [String] = []

  init() {}

  /// - Parameter slack: of the explained share, which differs a little where the same traffic is measured twice.
  public init(_ less: TraceDocument, of whole: TraceDocument, slack: Double = 0) {
    for chain in less.chains { add(chain, of: whole) }
    let shares = [less, whole].map(Self.explained)
    if shares[0] > shares[1] + slack {
      contradictions.append("explains \(shares[0]) of the traffic, the whole answer \(shares[1])")
    }
  }

  private static func explained(_ document: TraceDocument) -> Double {
    let coverage = document.coverage
    guard coverage.bytes == 0 else { return Double(coverage.explained) / Double(coverage.bytes) }
    // Evidence without byte counts explains flows.
    let flows = document.chains.reduce(0) { $0 + $1.flows }
    let known = document.chains.filter { $0.source.kind != .unknown }.reduce(0) { $0 + $1.flows }
    return flows == 0 ? 0 : Double(known) / Double(flows)
  }

  private mutating func add(_ chain: Chain, of whole: TraceDocument) {
    for hop in chain.hops where !hop.isClaim && hop.reason == nil && whole.chains.allSatisfy({ !$0.hops.contains(hop) })
    {
      contradictions.append("unknown without a reason: \(hop.text)")
    }
    // A VPN's own flow, where its device's program is not known: it is that program's, and the whole answer sets it aside.
    // Its other end is the flow's, or open.
    let isCarrier = (whole.carriers ?? []).contains { carrier in
      let ends = [carrier.flow.source, carrier.flow.destination].map { "\($0.address)" }
      return chain.hops.contains {
        $0.flow.map { [carrier.flow, carrier.flow.reversed].contains($0) } == true
          && $0.process?.pid == carrier.process?.pid
      } && (chain.source.kind == .unknown || chain.source.kind == .external && ends.contains(chain.source.name))
    }
    if isCarrier { return }
    let fitting = whole.chains.filter { chain.passes(partOf: $0) }
    guard !fitting.isEmpty else {
      contradictions.append("no chain passes \(chain.text); there are \(whole.chains.map(\.text))")
      return
    }
    // Where the last hop says why it may not be the last one, the source is said to be open.
    if chain.source.kind != .unknown, chain.hops.last?.reason == nil,
      !fitting.contains(where: { $0.source.isSame(as: chain.source) })
    {
      contradictions.append("\(chain.source) is the source of \(chain.text), and not \(fitting.map(\.source))")
    }
    if !fitting.contains(where: { chain.destination.isPart(of: $0.destination) }) {
      contradictions.append("\(chain.destination) is where \(chain.text) goes, and not \(fitting.map(\.destination))")
    }
  }
}

extension Hop {
  var isClaim: Bool { kind != .unknown && certainty != .unknown }

  /// A relay's own socket, at which a walk ends that is not told where it goes on, is a part of the relay's hop.
  private func isSameStep(as other: Hop) -> Bool {
    kind == other.kind || (kind == .socket && other.kind == .relay && process != nil && flow == other.flow)
  }

  /// Whether all that this hop says is said by `other` too, and with no less certainty. A relay's certainty is of which
  /// connections belong together, not of its sockets.
  func isPart(of other: Hop) -> Bool {
    isSameStep(as: other) && (kind != other.kind || certainty.rank <= other.certainty.rank)
      && isSame(host, other.host) && isPlace(namespace, of: other) && isSame(flow, other.flow)
      && isSame(translated, other.translated) && isSame(process?.pid, other.process?.pid)
      && isSame(process?.name, other.process?.name) && isSame(container?.id, other.container?.id)
      && isName(container?.name, of: other.container) && isSame(unit, other.unit)
      && isSame(address, other.address) && isSame(name, other.name) && isSame(link?.interface, other.link?.interface)
      && isSame(link?.hardwareAddress, other.link?.hardwareAddress) && isSame(edge?.name, other.edge?.name)
      && isSame(tunnel?.type, other.tunnel?.type) && isSame(tunnel?.interface, other.tunnel?.interface)
      && isSame(tunnel?.client, other.tunnel?.client) && isSame(tunnel?.address, other.tunnel?.address)
      && isSame(tunnel?.realAddress, other.tunnel?.realAddress) && isSame(relay?.software, other.relay?.software)
      && isSame(relay?.frontend, other.relay?.frontend) && isSame(relay?.backend, other.relay?.backend)
      && isSame(relay?.server, other.relay?.server) && isSame(relay?.site, other.relay?.site)
  }

  /// Who may not ask for a container's name calls it by the beginning of its id.
  private func isName(_ claimed: String?, of container: Container?) -> Bool {
    isSame(claimed, container?.name) || claimed.map { container?.id.hasPrefix($0) == true && $0.count >= 12 } == true
  }

  private func isPlace(_ claimed: String?, of other: Hop) -> Bool {
    guard let claimed, claimed.hasPrefix("container ") else { return isSame(claimed, other.namespace) }
    return isSame(claimed, other.namespace) || isName(String(claimed.dropFirst(10)), of: other.container)
  }

  var text: String {
    let words: [String?] = [
      kind.rawValue, certainty.rawValue, host, namespace, flow.map { "\($0)" },
      translated.map { "to \($0.source) -> \($0.destination)" },
      process.map { "\($0.name) (\($0.pid))" }, container?.title, address.map { "\($0)" }, tunnel?.client,
      relay.map { "\($0.software) \($0.method)" }, link?.interface, name, reason.map { "because \($0)" },
    ]
    return words.compactMap { $0 }.joined(separator: " ")
  }
}

/// What is not said is no claim.
private func isSame<Value: Equatable>(_ claimed: Value?, _ known: Value?) -> Bool { claimed == nil || claimed == known }

extension Chain {
  /// Whether all hops that are claims are hops of `other`, in the same order.
  func passes(partOf other: Chain) -> Bool {
    var rest = other.hops[...]
    for hop in hops where hop.isClaim {
      guard let index = rest.firstIndex(where: { hop.isPart(of: $0) }) else { return false }
      rest = rest[(index + 1)...]
    }
    return true
  }

  var text: String { "[\(hops.map(\.text).joined(separator: " | "))]" }
}

extension Chain.Source {
  func isSame(as other: Chain.Source) -> Bool { kind == other.kind && name == other.name }
}

extension Chain.Destination {
  func isPart(of other: Chain.Destination) -> Bool {
    isSame(host, other.host) && isSame(process?.pid, other.process?.pid)
      && isSame(container?.id, other.container?.id) && isSame(site?.name, other.site?.name)
      && isSame(endpoint, other.endpoint)
  }
}

extension Certainty {
  /// The more certain, the higher.
  var rank: Int {
    switch self {
    case .observed: 3
    case .matched: 2
    case .inferred: 1
    case .unknown: 0
    }
  }
}
