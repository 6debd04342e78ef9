/// One end of a wire: an interface of a host and its addresses, as `10.0.0.1/24` or `fd00::1/64`.
public struct Plug: Sendable {
  public let host: TestHost
  public let interface: String
  public let addresses: [String]
}

/// A cable between two hosts: a veth pair.
public struct Wire: Sendable {
  public let ends: [Plug]

  /// Plugs it in; both ends are up, and IPv6 addresses usable, when this returns.
  @discardableResult
  public init(_ one: Plug, _ other: Plug) throws {
    ends = [one, other]
    // Each end is made in its host's namespace at once: it never appears among the machine's own interfaces.
    try one.host.enterNetworkOnly([
      "ip", "link", "add", "name", one.interface, "type", "veth", "peer", "name", other.interface,
      "netns", "\(other.host.pid)",
    ])
    for end in ends {
      var batch = end.addresses.map { address in
        "address add \(address) dev \(end.interface)\(address.contains(":") ? " nodad" : "")"
      }
      batch.append("link set \(end.interface) up")
      try end.host.output(of: ["ip", "-batch", "-"], input: batch.joined(separator: "\n") + "\n")
    }
    for end in ends {
      try waitUntil("\(end.interface) on \(end.host.name) to be up") {
        try end.host.output(of: ["cat", "/sys/class/net/\(end.interface)/operstate"]).hasPrefix("up")
      }
    }
  }

  /// Delays packets in both directions; needs netem.
  public func delay(milliseconds: Int) throws {
    for end in ends {
      try end.host.output(of: [
        "tc", "qdisc", "replace", "dev", end.interface, "root", "netem", "delay", "\(milliseconds)ms",
      ])
    }
  }

  /// Limits each direction to `megabits` per second.
  public func limit(megabits: Int) throws {
    for end in ends {
      try end.host.output(of: [
        "tc", "qdisc", "replace", "dev", end.interface, "root", "tbf", "rate", "\(megabits)mbit",
        "burst", "256kb", "latency", "50ms",
      ])
    }
  }
}

extension TestHost {
  public func plug(_ interface: String, _ addresses: String...) -> Plug {
    Plug(host: self, interface: interface, addresses: addresses)
  }
}
