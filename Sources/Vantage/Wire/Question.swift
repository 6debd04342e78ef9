public import Flows

/// One of the questions of `Vantage`, as it is sent.
public enum Question: Hashable, Sendable {
  /// What time is it there?
  case ping
  /// Starts the meter before anything is measured, and with `names` reading which names flows ask for.
  case start(names: Bool = false)
  case inventory
  case process(Int32)
  case measure(seconds: Double)
  /// Begins a series of intervals.
  case begin
  /// The next interval of the series, once so many seconds have passed since the last.
  case next(seconds: Double)
  case translation(Flow, Place)
  case socket(Flow, Place)
  case sockets
  case owner(Int32)
  case route(IPAddress, Place)
  case neighbour(IPAddress, Place)
  case tunnel(IPAddress, interface: UInt32, Place)
  case relay(Int32, Place)
  case counters(Set<Int32>, Place)
  /// Configuration and status files of processes.
  case files([Int32])
  case sites(Int32, Place, seconds: Double)

  /// Whether it empties the meter, so that only one can be under way.
  var isMeasurement: Bool {
    switch self {
    case .measure, .begin, .next: true
    default: false
    }
  }

  /// Seconds that pass before it can be answered.
  var window: Double {
    switch self {
    case .measure(let seconds), .next(let seconds): seconds
    default: 0
    }
  }

  /// How many processes one question about counters may name.
  public static let processLimit = 4096
  /// Seconds of the longest window.
  public static let longestWindow = 86400.0
}

extension Question: CustomStringConvertible {
  /// As a person would say it, for errors.
  public var description: String {
    switch self {
    case .ping: "tell the time"
    case .start(false): "start the meter"
    case .start(true): "start the meter and read names"
    case .inventory: "list namespaces, interfaces and containers"
    case .process(let pid): "describe process \(pid)"
    case .measure(let seconds): "measure for \(seconds) s"
    case .begin: "begin a series of intervals"
    case .next: "measure the next interval"
    case .translation(let flow, let namespace): "look up \(flow) in connection tracking of \(namespace.namespace)"
    case .socket(let flow, let namespace): "look up the socket of \(flow) in \(namespace.namespace)"
    case .sockets: "list all sockets"
    case .owner(let pid): "find the owner of process \(pid)"
    case .route(let address, let namespace): "find the route to \(address) in \(namespace.namespace)"
    case .neighbour(let address, let namespace): "find neighbour \(address) in \(namespace.namespace)"
    case .tunnel(let address, _, let namespace): "find who is behind \(address) in \(namespace.namespace)"
    case .relay(let pid, _): "ask what process \(pid) relays"
    case .counters(let pids, _): "read the counters of \(pids.count) processes"
    case .files(let pids): "read the configuration files of \(pids.count) processes"
    case .sites(let pid, _, _): "ask which sites process \(pid) serves"
    }
  }
}

extension Question: Codable {
  private enum Name: String, Codable {
    case ping, start, inventory, process, measure, begin, next, translation, socket, sockets, owner, route, neighbour,
      tunnel, relay, counters, files, sites
  }

  /// Whether this version has no question of that name.
  static func isUnknown(_ name: String) -> Bool { Name(rawValue: name) == nil }

  private enum CodingKeys: String, CodingKey {
    case ask, pid, pids, seconds, names, flow, namespace, address, interface
  }

  /// Throws for a question that this version does not know, and for one out of bounds.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    func get<Value: Decodable>(_ key: CodingKeys) throws -> Value { try fields.decode(Value.self, forKey: key) }
    func refuse(_ key: CodingKeys, _ text: String) -> DecodingError {
      .dataCorruptedError(forKey: key, in: fields, debugDescription: text)
    }
    switch try get(.ask) as Name {
    case .ping: self = .ping
    case .start: self = .start(names: try fields.decodeIfPresent(Bool.self, forKey: .names) ?? false)
    case .inventory: self = .inventory
    case .process: self = .process(try get(.pid))
    case .measure:
      let seconds: Double = try get(.seconds)
      guard seconds > 0, seconds <= Self.longestWindow else { throw refuse(.seconds, "not a window: \(seconds)") }
      self = .measure(seconds: seconds)
    case .begin: self = .begin
    case .next:
      let seconds: Double = try get(.seconds)
      guard seconds >= 0, seconds <= Self.longestWindow else { throw refuse(.seconds, "not a window: \(seconds)") }
      self = .next(seconds: seconds)
    case .translation: self = .translation(try get(.flow), try get(.namespace))
    case .socket: self = .socket(try get(.flow), try get(.namespace))
    case .sockets: self = .sockets
    case .owner: self = .owner(try get(.pid))
    case .route: self = .route(try get(.address), try get(.namespace))
    case .neighbour: self = .neighbour(try get(.address), try get(.namespace))
    case .tunnel: self = .tunnel(try get(.address), interface: try get(.interface), try get(.namespace))
    case .relay: self = .relay(try get(.pid), try get(.namespace))
    case .sites:
      let seconds: Double = try get(.seconds)
      guard seconds > 0, seconds <= Self.longestWindow else { throw refuse(.seconds, "not a while: \(seconds)") }
      self = .sites(try get(.pid), try get(.namespace), seconds: seconds)
    case .counters:
      let pids: [Int32] = try get(.pids)
      guard pids.count <= Self.processLimit else { throw refuse(.pids, "more than \(Self.processLimit) processes") }
      self = .counters(Set(pids), try get(.namespace))
    case .files:
      let pids: [Int32] = try get(.pids)
      guard pids.count <= Self.processLimit else { throw refuse(.pids, "more than \(Self.processLimit) processes") }
      self = .files(pids)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    func put(_ name: Name) throws { try fields.encode(name, forKey: .ask) }
    switch self {
    case .ping: try put(.ping)
    case .start(let names):
      try put(.start)
      if names { try fields.encode(true, forKey: .names) }
    case .inventory: try put(.inventory)
    case .sockets: try put(.sockets)
    case .begin: try put(.begin)
    case .measure(let seconds), .next(let seconds):
      if case .next = self { try put(.next) } else { try put(.measure) }
      try fields.encode(seconds, forKey: .seconds)
    case .files(let pids):
      try put(.files)
      try fields.encode(pids, forKey: .pids)
    case .process(let pid), .owner(let pid):
      if case .owner = self { try put(.owner) } else { try put(.process) }
      try fields.encode(pid, forKey: .pid)
    case .relay(let pid, let namespace):
      try put(.relay)
      try fields.encode(pid, forKey: .pid)
      try fields.encode(namespace, forKey: .namespace)
    case .sites(let pid, let namespace, let seconds):
      try put(.sites)
      try fields.encode(pid, forKey: .pid)
      try fields.encode(namespace, forKey: .namespace)
      try fields.encode(seconds, forKey: .seconds)
    case .translation(let flow, let namespace), .socket(let flow, let namespace):
      if case .socket = self { try put(.socket) } else { try put(.translation) }
      try fields.encode(flow, forKey: .flow)
      try fields.encode(namespace, forKey: .namespace)
    case .route(let address, let namespace), .neighbour(let address, let namespace):
      if case .route = self { try put(.route) } else { try put(.neighbour) }
      try fields.encode(address, forKey: .address)
      try fields.encode(namespace, forKey: .namespace)
    case .tunnel(let address, let interface, let namespace):
      try put(.tunnel)
      try fields.encode(address, forKey: .address)
      try fields.encode(interface, forKey: .interface)
      try fields.encode(namespace, forKey: .namespace)
    case .counters(let pids, let namespace):
      try put(.counters)
      try fields.encode(pids.sorted(), forKey: .pids)
      try fields.encode(namespace, forKey: .namespace)
    }
  }
}
