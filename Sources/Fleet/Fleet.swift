internal import LinuxSystem

/// Several hosts that are connected to at the same time. If one is down, slow or refuses, only its own part is missing.
public struct Fleet: Sendable {
  /// The result for one host.
  public struct Outcome: Sendable {
    public var host: HostSpecification
    public var result: Result<ProbeConnection, HostError>
    /// The duration in seconds.
    public var seconds: Double
  }

  public let hosts: [HostSpecification]
  public let client: SSHClient
  /// The probes that can be copied to the hosts.
  public let probes: [ProbeFile]

  /// - Parameters:
  ///   - hosts: the hosts to connect to; of two with the same name the first.
  ///   - environment: see `SSHClient` and `ProbeFile.all`.
  /// - Throws: if there is no probe to copy.
  public init(
    _ hosts: [HostSpecification], limits: FleetLimits = FleetLimits(), environment: [String: String]
  ) throws {
    try self.init(
      hosts, client: SSHClient(limits: limits, environment: environment),
      probes: ProbeFile.all(environment: environment))
  }

  public init(_ hosts: [HostSpecification], client: SSHClient, probes: [ProbeFile]) {
    var names: Set<String> = []
    self.hosts = hosts.filter { names.insert($0.name).inserted }
    self.client = client
    self.probes = probes
  }

  /// Starts the probe on every host, `limits.parallel` at a time, and returns the results in the hosts' order.
  ///
  /// If the task is cancelled, the remaining hosts end with `cancelled`.
  public func connect() async -> [Outcome] {
    await forEach { host in
      let begin = MonotonicClock.seconds
      let result = await connect(to: host)
      return Outcome(host: host, result: result, seconds: MonotonicClock.seconds - begin)
    }
  }

  /// Starts the probe on one host.
  public func connect(to host: HostSpecification) async -> Result<ProbeConnection, HostError> {
    let starter = ProbeStarter(client, host, probes)
    return await withTaskCancellationHandler {
      if Task.isCancelled { starter.cancel() }
      return await Self.onThread(host) { () throws(HostError) in try starter.run() }
    } onCancel: {
      starter.cancel()
    }
  }

  /// Removes this user's probes from a host and ends the open connection to it. Returns the number of removed files.
  public func forget(_ host: HostSpecification) async -> Result<Int, HostError> {
    let removal = ProbeRemoval(client, host)
    let result = await Self.onThread(host) { () throws(HostError) in try removal.run() }
    client.close(host)
    return result
  }

  /// Runs `body` for each host, a limited number at a time, and returns the results in the hosts' order.
  public func forEach<Value: Sendable>(_ body: @escaping @Sendable (HostSpecification) async -> Value) async -> [Value]
  {
    var found: [Value?] = Array(repeating: nil, count: hosts.count)
    await withTaskGroup(of: (Int, Value).self) { group in
      var next = 0
      let start = { (group: inout TaskGroup<(Int, Value)>) in
        guard next < hosts.count else { return }
        let (index, host) = (next, hosts[next])
        group.addTask { (index, await body(host)) }
        next += 1
      }
      for _ in 0..<max(1, client.limits.parallel) { start(&group) }
      while let (index, value) = await group.next() {
        found[index] = value
        start(&group)
      }
    }
    return found.compactMap { $0 }
  }

  private static func onThread<Value: Sendable>(
    _ host: HostSpecification, _ body: @escaping @Sendable () throws(HostError) -> Value
  ) async -> Result<Value, HostError> {
    do {
      return .success(try await LinuxSystem.onThread { try body() })
    } catch {
      return .failure(error as? HostError ?? HostError(.ssh, host.name, "\(error)"))
    }
  }
}
