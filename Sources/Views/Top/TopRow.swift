public import Flows

/// One row of the view: who or what, and what it moved.
public struct TopRow: Hashable, Sendable {
  public let key: TopKey
  /// Who: `squid`, `openvpn`, `443/tcp https`, `unknown: socket closed before it was read`.
  public let title: String
  /// What else there is to say: the command line, the image, the busiest owner.
  public let detail: String
  public let pid: Int32?
  public let user: String?
  public let container: String?
  /// In the last interval.
  public internal(set) var traffic = Traffic()
  /// Since the view began.
  public internal(set) var total = Traffic()
  /// How many flows it had in the last interval.
  public internal(set) var flows = 0
  /// In which order rows were first seen.
  let order: Int

  /// The row that `item`, the first flow of it, begins.
  init(_ key: TopKey, _ grouping: TopGrouping, _ item: FlowTraffic, _ names: TopNames, order: Int) {
    self.key = key
    self.order = order
    let owner = item.owner
    title = Self.title(key, item, names)
    if case .process(let number, _) = key {
      pid = number
      user = owner.process?.user ?? owner.process?.uid.map(String.init)
      container = owner.container?.title
    } else {
      (pid, user, container) = (nil, nil, nil)
    }
    detail = Self.detail(key, item)
  }

  private static func title(_ key: TopKey, _ item: FlowTraffic, _ names: TopNames) -> String {
    switch key {
    case .process: return item.owner.process?.name ?? "?"
    case .container: return item.owner.container?.title ?? "?"
    case .machine(let name): return "VM \(name)"
    case .unit(let name): return name
    case .service(let transport, let port):
      if port == 0 { return transport.hasPorts ? "\(transport), no port" : "\(transport)" }
      return "\(port)/\(transport)" + (names.service(transport, port).map { " \($0)" } ?? "")
    case .remote(let address): return "\(address)"
    case .prefixSet(let name): return name
    case .interface(_, let name): return name ?? "no interface known"
    case .forwarded(let from, let to): return "forwarded: \(from) -> \(to)"
    case .kernel: return "kernel"
    case .noContainer: return "no container"
    case .noUnit: return "no systemd unit"
    case .noPrefixSet: return "other addresses"
    case .noRemote: return "no single remote"
    case .unknown(let reason): return "unknown: \(reason)"
    }
  }

  private static func detail(_ key: TopKey, _ item: FlowTraffic) -> String {
    let owner = item.owner
    switch key {
    case .process:
      let what = owner.process?.command?.joined(separator: " ") ?? owner.process?.executable ?? ""
      return owner.process?.ended == true ? "(ended) \(what)" : what
    case .container:
      return [owner.container?.image, owner.container?.runtime, owner.container?.shortID, owner.container?.reason]
        .compactMap { $0 }.joined(separator: " · ")
    case .machine: return "virtual machine"
    case .unit, .remote, .prefixSet, .service: return ""
    case .interface: return item.namespaceName
    case .forwarded: return "routed through \(item.namespaceName)"
    case .kernel: return "sockets of the kernel itself"
    case .noContainer: return "processes of the host itself"
    case .noUnit: return "processes outside every unit"
    case .noPrefixSet: return "in no named set"
    case .noRemote: return "listeners and packet sockets"
    case .unknown: return "in \(item.namespaceName)"
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
