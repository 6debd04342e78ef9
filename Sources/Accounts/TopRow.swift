public import Flows

/// One row of a view: an owner (or other key), and its traffic.
public struct TopRow: Sendable {
  public let key: TopKey
  /// The traffic in the last interval.
  public private(set) var traffic = Traffic()
  /// The traffic since the view began.
  public private(set) var total = Traffic()
  /// How many flows it had in the last interval.
  public private(set) var flows = 0
  /// The host of the row, if there are several; nil otherwise.
  public let host: String?
  /// The position in the order in which rows were first seen.
  package let order: Int
  /// What the key alone doesn't have; nil if the key has everything, because there may be as many rows as flows.
  private let facts: Facts?

  /// What the key alone doesn't have.
  private struct Known: Sendable {
    var name = ""
    var words: [String] = []
    var user: String?
    var container: String?
  }

  private final class Facts: Sendable {
    let known: Known
    init(_ known: Known) { self.known = known }
  }

  /// A new row that begins with the flow `item`.
  package init(_ key: TopKey, _ item: FlowTraffic, _ names: TopNames, order: Int) {
    self.key = key
    self.order = order
    host = item.host
    facts = Self.known(key, item, names).map(Facts.init)
  }

  private static func known(_ key: TopKey, _ item: FlowTraffic, _ names: TopNames) -> Known? {
    let (process, container) = (item.owner.process, item.owner.container)
    switch key.what {
    case .process:
      let command = process?.command ?? process?.executable.map { [$0] } ?? []
      let state = process?.ended == true ? "(ended)" : process?.outside == true ? "(of another pid namespace)" : nil
      return Known(
        name: process?.name ?? "?", words: (state.map { [$0] } ?? []) + command,
        user: process?.user ?? process?.uid.map(String.init), container: container?.title)
    case .container:
      let words = [container?.image, container?.runtime, container?.shortID, container?.reason]
      return Known(name: container?.title ?? "?", words: words.compactMap { $0 })
    case .unit: return item.owner.shownUnit.map { Known(name: $0) }
    case .service(let transport, let port): return names.service(transport, port).map { Known(name: $0) }
    case .interface, .forwarded, .unknown: return Known(name: item.namespaceName)
    case .name: return names.flows.map { Known(words: origin(item, $0)) }
    default: return nil
    }
  }

  /// Where the name was read; for a name from DNS, which process asked.
  private static func origin(_ item: FlowTraffic, _ names: NameIndex) -> [String] {
    guard let name = names.name(of: item) else { return [] }
    guard name.kind == .dns else { return [name.origin] }
    let asker = names.candidates(for: item).first.flatMap(names.asker)
    return [name.origin + (asker.map { ", looked up by \($0.summary)" } ?? "")]
  }

  public var pid: Int32? { if case .process(let pid, _) = key.what { pid } else { nil } }
  public var user: String? { facts?.known.user }
  public var container: String? { facts?.known.container }
  private var name: String { facts?.known.name ?? "" }
  private var words: [String] { facts?.known.words ?? [] }

  package mutating func startInterval() {
    traffic = Traffic()
    flows = 0
  }

  package mutating func count(_ traffic: Traffic) {
    self.traffic += traffic
    total += traffic
    flows += 1
  }

  /// The row's title: `squid`, `openvpn`, `443/tcp https`, `unknown: socket closed before it was read`.
  public var title: String {
    switch key.what {
    case .on: ""
    case .host(let number): host ?? (number == 0 ? "this host" : "host \(number)")
    case .process, .container: name
    case .machine(let name): "VM \(name)"
    case .unit(let unit): name.isEmpty ? unit : name
    case .prefixSet(let name), .country(let name), .network(let name): name
    case .service(let transport, 0): transport.hasPorts ? "\(transport), no port" : "\(transport)"
    case .service(let transport, let port): "\(port)/\(transport)" + (name.isEmpty ? "" : " \(name)")
    case .remote(let address): "\(address)"
    case .interface(_, let name): name ?? "no interface known"
    case .forwarded(let from, let to): "forwarded: \(from) -> \(to)"
    case .kernel: "kernel"
    case .noContainer: "no container"
    case .noUnit: "no systemd unit"
    case .noPrefixSet: "other addresses"
    case .noCountry: "no country known"
    case .noNetwork: "no network known"
    case .noRemote: "no single remote"
    case .name(let name, let isInferred): isInferred ? "~\(name)" : name
    case .noName: "(no name seen)"
    case .unknown(let reason): "unknown: \(reason)"
    }
  }

  /// Further details: the command line, the image, the location; empty if there are none.
  public var detail: String {
    switch key.what {
    case .on, .host: ""
    case .process: words.joined(separator: " ")
    case .container, .name: words.joined(separator: " · ")
    case .machine: "virtual machine"
    case .unit, .remote, .prefixSet, .country, .network, .service: ""
    case .interface, .unknown: "in \(name)"
    case .forwarded: "routed through \(name)"
    case .kernel: "sockets of the kernel itself"
    case .noContainer: "processes of the host itself"
    case .noUnit: "processes outside every unit"
    case .noPrefixSet: "in no named set"
    case .noCountry, .noNetwork: "in no GeoIP database"
    case .noRemote: "listeners and packet sockets"
    case .noName: "began before the window, or shows no name"
    }
  }
}

extension Owner {
  /// The owner in a few words: `squid (811) in openvpn`.
  public var summary: String {
    var words: String
    if let process {
      words = "\(process.name) (\(process.pid))"
    } else if let machine {
      words = "VM \(machine)"
    } else if isKernel == true {
      words = "kernel"
    } else if let container {
      return "container \(container.title)"
    } else if let unit {
      return unit
    } else {
      return reason.map { "unknown: \($0)" } ?? "unknown"
    }
    if let container { words += " in \(container.title)" }
    return words
  }
}
