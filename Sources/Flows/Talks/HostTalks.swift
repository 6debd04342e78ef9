/// An interval's traffic by pairs of known hosts, each byte counted once.
public struct HostTalks: Hashable, Sendable, Codable {
  /// The pairs, busiest first.
  public var pairs: [HostPair]
  /// What each host exchanged with unknown addresses, in the order of the hosts.
  public var outside: [HostOutside]

  public init(pairs: [HostPair] = [], outside: [HostOutside] = []) {
    self.pairs = pairs
    self.outside = outside
  }
}

/// Two known hosts and the network-layer bytes they exchanged.
public struct HostPair: Hashable, Sendable, Codable {
  /// The host that initiated most of it; if that is not known, the host that was named first.
  public var from: String
  public var to: String
  /// Bytes from `from` to `to`. If both hosts counted a flow, the larger count.
  public var bytesTo: UInt64
  public var bytesBack: UInt64
  public var flows: Int
  public var busiest: HostTalker?
  /// Each host's own count. A host that did not see the traffic, or does not answer, is left out.
  public var counts: [Count]
  /// How far the two hosts' counts of a direction differ, as a share of the larger one; nil if the difference may be
  /// chance.
  public var difference: Double?
  /// Bytes of VPNs' own flows between the two hosts, both ways. They are not part of the totals, because the flows
  /// inside them are.
  public var carriers: UInt64

  /// One host's own count.
  public struct Count: Hashable, Sendable, Codable {
    public var host: String
    public var bytesTo: UInt64
    public var bytesBack: UInt64

    public init(host: String, bytesTo: UInt64, bytesBack: UInt64) {
      self.host = host
      self.bytesTo = bytesTo
      self.bytesBack = bytesBack
    }
  }

  public init(
    from: String, to: String, bytesTo: UInt64, bytesBack: UInt64, flows: Int, busiest: HostTalker? = nil,
    counts: [Count] = [], difference: Double? = nil, carriers: UInt64 = 0
  ) {
    self.from = from
    self.to = to
    self.bytesTo = bytesTo
    self.bytesBack = bytesBack
    self.flows = flows
    self.busiest = busiest
    self.counts = counts
    self.difference = difference
    self.carriers = carriers
  }

  public var bytes: UInt64 { bytesTo &+ bytesBack }

  /// How far the two hosts' counts of a direction differ, as a share of the larger one; nil if it may be chance (less
  /// than 20 kB).
  ///
  /// - Parameter tolerance: the share of the larger count below which a difference is ignored.
  public func apart(tolerating tolerance: Double) -> Double? {
    let (one, other) = (count(of: from), count(of: to))
    // Traffic that only other hosts saw does not contradict either count.
    guard one != nil || other != nil else { return nil }
    func share(_ direction: KeyPath<Count, UInt64>) -> Double? {
      let (first, second) = (one?[keyPath: direction] ?? 0, other?[keyPath: direction] ?? 0)
      let (more, less) = (max(first, second), min(first, second))
      guard more - less > 20_000 else { return nil }
      let share = Double(more - less) / Double(more)
      return share > tolerance ? share : nil
    }
    return [share(\.bytesTo), share(\.bytesBack)].compactMap { $0 }.max()
  }

  /// The count of `host` itself; nil if it has none.
  public func count(of host: String) -> Count? { counts.first { $0.host == host } }

  /// The same pair with its hosts exchanged.
  public var reversed: HostPair {
    var result = self
    (result.from, result.to) = (to, from)
    (result.bytesTo, result.bytesBack) = (bytesBack, bytesTo)
    result.counts = counts.map { Count(host: $0.host, bytesTo: $0.bytesBack, bytesBack: $0.bytesTo) }
    result.busiest = busiest.map { talker in
      var talker = talker
      (talker.near, talker.far) = (talker.far, talker.near)
      return talker
    }
    return result
  }
}

/// What one host exchanged with addresses that belong to no known host.
public struct HostOutside: Hashable, Sendable, Codable {
  public var host: String
  public var bytesOut: UInt64
  public var bytesIn: UInt64
  public var flows: Int
  public var busiest: HostTalker?
  /// The part of these bytes that was only forwarded by the host, between two unknown addresses.
  public var bytesPassing: UInt64
  /// Not part of these bytes: traffic within the host, between its processes and containers.
  public var bytesWithin: UInt64
  /// Not part of these bytes: traffic that belongs to no single remote (listeners, packet sockets, multicast).
  public var bytesShared: UInt64
  /// Not part of these bytes: VPNs' own flows. The flows inside them are counted.
  public var carriers: UInt64

  public init(
    host: String, bytesOut: UInt64 = 0, bytesIn: UInt64 = 0, flows: Int = 0, busiest: HostTalker? = nil,
    bytesPassing: UInt64 = 0, bytesWithin: UInt64 = 0, bytesShared: UInt64 = 0, carriers: UInt64 = 0
  ) {
    self.host = host
    self.bytesOut = bytesOut
    self.bytesIn = bytesIn
    self.flows = flows
    self.busiest = busiest
    self.bytesPassing = bytesPassing
    self.bytesWithin = bytesWithin
    self.bytesShared = bytesShared
    self.carriers = carriers
  }

  public var bytes: UInt64 { bytesOut &+ bytesIn }
}

/// The two programs that exchanged most between two hosts, or between a host and an unknown address.
public struct HostTalker: Hashable, Sendable, Codable {
  /// The program on the pair's first host; nil if it is not known.
  public var near: Program?
  public var far: Program?
  /// The unknown address; nil between two known hosts.
  public var address: IPAddress?
  public var transport: Transport
  /// The service's port; 0 for protocols without ports.
  public var port: UInt16
  /// The host that opened the flows; nil if it is not known, or is no known host.
  public var initiator: String?
  /// Bytes of all such flows together, both ways.
  public var bytes: UInt64

  /// A program's name and its container.
  public struct Program: Hashable, Sendable, Codable {
    public var name: String
    public var pid: Int32?
    public var container: String?

    public init(name: String, pid: Int32? = nil, container: String? = nil) {
      self.name = name
      self.pid = pid
      self.container = container
    }
  }

  public init(
    near: Program?, far: Program? = nil, address: IPAddress? = nil, transport: Transport, port: UInt16,
    initiator: String? = nil, bytes: UInt64
  ) {
    self.near = near
    self.far = far
    self.address = address
    self.transport = transport
    self.port = port
    self.initiator = initiator
    self.bytes = bytes
  }
}
