public import Flows

/// How flows are grouped into rows.
public enum TopGrouping: String, CaseIterable, Hashable, Sendable {
  case process, container, unit, service, remote, prefix, interface, host, country, network, name

  /// The grouping's name in a heading.
  public var title: String {
    switch self {
    case .process: "process"
    case .container: "container"
    case .unit: "systemd unit"
    case .service: "service port"
    case .remote: "remote address"
    case .prefix: "prefix set"
    case .country: "country"
    case .network: "network"
    case .interface: "interface"
    case .host: "host"
    case .name: "requested name"
    }
  }

  /// The rows of one interval, most traffic first. Every flow belongs to one row. A forwarded flow that ends in a
  /// socket of this host appears only in the grouping by interface; elsewhere the socket's row has the same traffic.
  public func rows(_ flows: [FlowTraffic], _ names: TopNames = TopNames()) -> [TopRow] {
    var totals = TopTotals(self)
    totals.add(flows, names)
    return TopOrder.total.sorted(totals.rows, cumulative: false, reversed: false)
  }

  /// The row that a flow belongs to.
  public func key(_ item: FlowTraffic, _ names: TopNames = TopNames()) -> TopKey {
    let number = item.namespace.host
    if self == .host { return .host(number) }
    let key = ownKey(item, names)
    return number == 0 ? key : .on(host: number, key)
  }

  /// The row's key on its own host.
  private func ownKey(_ item: FlowTraffic, _ names: TopNames) -> TopKey {
    switch self {
    case .host: .host(item.namespace.host)
    case .process: processKey(item)
    case .container: containerKey(item)
    case .unit: unitKey(item)
    case .service: .service(item.flow.transport, port: item.flow.transport.hasPorts ? item.servicePort : 0)
    case .remote: item.remote.map(TopKey.remote) ?? .noRemote
    case .prefix:
      if let remote = item.remote {
        names.prefixSet(remote).map(TopKey.prefixSet) ?? .noPrefixSet
      } else {
        .noRemote
      }
    case .country:
      if let remote = item.remote {
        names.place(remote).flatMap { $0.countryName ?? $0.country }.map(TopKey.country) ?? .noCountry
      } else {
        .noRemote
      }
    case .network:
      if let remote = item.remote {
        names.place(remote)?.networkTitle.map(TopKey.network) ?? .noNetwork
      } else {
        .noRemote
      }
    case .interface: .interface(item.namespace, item.interface)
    case .name: nameKey(item, names)
    }
  }

  private func nameKey(_ item: FlowTraffic, _ names: TopNames) -> TopKey {
    guard let seen = names.flows?.name(of: item), let name = seen.name else { return .noName }
    return .name(name, isInferred: seen.kind == .dns)
  }

  private func processKey(_ item: FlowTraffic) -> TopKey {
    if let process = item.owner.process { return .process(pid: process.pid, startTime: process.startTime) }
    // If the process isn't known, what contains it is the next best answer.
    if let container = item.owner.container { return .container(runtime: container.runtime, id: container.id) }
    if let unit = item.owner.unit { return .unit(unit) }
    return unowned(item)
  }

  private func containerKey(_ item: FlowTraffic) -> TopKey {
    if let container = item.owner.container { return .container(runtime: container.runtime, id: container.id) }
    if item.owner.machine != nil || item.owner.process == nil { return unowned(item) }
    return .noContainer
  }

  private func unitKey(_ item: FlowTraffic) -> TopKey {
    if let unit = item.owner.unit { return .unit(unit) }
    if item.owner.process == nil, item.owner.container == nil { return unowned(item) }
    return .noUnit
  }

  private func unowned(_ item: FlowTraffic) -> TopKey {
    if let machine = item.owner.machine { return .machine(machine) }
    if item.owner.isKernel == true { return .kernel }
    if item.role == .forwarded {
      // Of a capture without the host's addresses it is not known whether an end of it is here.
      if item.interface == nil, item.outInterface == nil, let reason = item.owner.reason {
        return .unknown(reason: reason)
      }
      return .forwarded(from: item.flow.source.address, to: item.flow.destination.address)
    }
    return .unknown(reason: item.owner.reason ?? "no reason was given")
  }
}

extension FlowTraffic {
  /// The remote address of this traffic; nil if there is no single one.
  ///
  /// A forwarded flow has two: its remote is the one that isn't internal, or else the destination.
  public var remote: IPAddress? {
    let remote =
      role == .forwarded && flow.destination.address.scope.isInternal && !flow.source.address.scope.isInternal
      ? flow.source.address : flow.destination.address
    return remote.isUnspecified ? nil : remote
  }
}
