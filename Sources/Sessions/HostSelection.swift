public import Fleet
internal import LinuxSystem

/// The other hosts to query, and the time limits for each.
public struct HostSelection: Sendable {
  public var hosts: [HostSpecification]
  public var limits: FleetLimits
  /// Environment variables, which determine the folder of ssh's sockets and the probes that can be copied.
  public var environment: [String: String]

  public init(_ hosts: [HostSpecification], limits: FleetLimits = FleetLimits(), environment: [String: String]) {
    self.hosts = hosts
    self.limits = limits
    self.environment = environment
  }

  func fleet() throws(MissingProbe) -> Fleet {
    do { return try Fleet(hosts, limits: limits, environment: environment) } catch {
      throw MissingProbe(cause: error)
    }
  }
}

/// There is no probe that could be copied to a host.
public struct MissingProbe: Error, CustomStringConvertible {
  let cause: any Error

  public var description: String {
    "\(cause); build it with `make probe`, put headwater-probe beside headwater, or set HEADWATER_PROBE to its path"
  }
}
