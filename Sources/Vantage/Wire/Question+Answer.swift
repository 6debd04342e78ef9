internal import JSON

extension Question {
  /// What `vantage` answers, as it is sent.
  func answer(from vantage: any Vantage) async throws -> JSONValue {
    switch self {
    case .ping: return try JSONValue(encoding: WireClock.now)
    case .start(let names):
      let started = try (vantage as? LocalVantage)?.startMeter(watchesNames: names)
      return try JSONValue(encoding: MeterStart(meter: started?.kind.rawValue, notes: started?.notes ?? []))
    case .inventory: return try JSONValue(encoding: await vantage.inventory())
    case .process(let pid): return try JSONValue(encoding: await vantage.process(pid))
    case .measure(let seconds):
      return RepeatedParts.gather("flows", in: try JSONValue(encoding: await vantage.measure(seconds: seconds)))
    case .begin:
      try await vantage.beginIntervals()
      return .null
    case .next(let seconds):
      return RepeatedParts.gather("flows", in: try JSONValue(encoding: await vantage.nextInterval(after: seconds)))
    case .files(let pids): return try JSONValue(encoding: await vantage.files(of: pids))
    case .translation(let flow, let namespace):
      return try JSONValue(encoding: await vantage.translation(of: flow, in: namespace))
    case .socket(let flow, let namespace):
      return try JSONValue(encoding: await vantage.socket(of: flow, in: namespace))
    case .sockets:
      let rows = try JSONValue(encoding: await vantage.sockets())
      return RepeatedParts.gather("sockets", in: .object([JSONMember("sockets", rows)]))
    case .owner(let pid): return try JSONValue(encoding: await vantage.owner(ofProcess: pid))
    case .route(let address, let namespace):
      return try JSONValue(encoding: await vantage.route(to: address, in: namespace))
    case .neighbour(let address, let namespace):
      return try JSONValue(encoding: await vantage.neighbour(address, in: namespace))
    case .tunnel(let address, let interface, let namespace):
      return try JSONValue(encoding: await vantage.tunnel(toward: address, through: interface, in: namespace))
    case .relay(let pid, let namespace): return try JSONValue(encoding: await vantage.relay(of: pid, in: namespace))
    case .sites(let pid, let namespace, let seconds):
      return try JSONValue(encoding: await vantage.sites(of: pid, in: namespace, seconds: seconds))
    case .counters(let pids, let namespace):
      return try JSONValue(encoding: await vantage.counters(of: pids, in: namespace))
    }
  }
}

/// Which meter runs, and what is less exact with it.
public struct MeterStart: Hashable, Sendable, Codable {
  /// `ebpf` or `sockets`; nil where nothing has to be started.
  public var meter: String?
  public var notes: [String]
}
