/// Who talks to whom among known hosts: an interval's traffic by pairs of hosts, each byte once.
public struct HostTalks: Hashable, Sendable, Codable {
  /// The busiest first.
  public var pairs: [HostPair]
  /// What each host exchanged with anybody else, in the hosts' order.
  public var outside: [HostOutside]

  public init(pairs: [HostPair] = [], outside: [HostOutside] = []) {
    self.pairs = pairs
    self.outside = outside
  }
}

/// Two known hosts and what they exchanged. Network-layer bytes.
public struct HostPair: Hashable, Sendable, Codable {
  /// The host that began most of it; where that is not known, the one that was named first.
  public var from: String
  public var to: String
  /// From `from` to `to`. Where both hosts counted a flow, the larger of both counts.
  public var bytesTo: UInt64
  public var bytesBack: UInt64
  public var flows: Int
  public var busiest: HostTalker?
  /// What each of the two counted for itself; a host that did not see it, or does not answer, is left out.
  public var counts: [Count]
  /// How far apart both hosts' counts of a direction are, as a share of the larger; nil if that may be chance.
  public var difference: Double?
  /// Bytes of VPNs' own flows between the two, both ways: what they carried is counted, they are not.
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

  /// How far apart both hosts' counts of a direction are; nil if that may be chance, as less than 20 kB may be.
  ///
  /// - Parameter tolerance: so much of the larger count is not worth a word.
  public func apart(tolerating tolerance: Double) -> Double? {
    let (one, other) = (count(of: from), count(of: to))
    // What only others saw on its way contradicts nobody.
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

  /// What `host` itself counted.
  public func count(of host: String) -> Count? { counts.first { $0.host == host } }

  /// The same seen from its other end.
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

/// What one host exchanged with what is no known host.
public struct HostOutside: Hashable, Sendable, Codable {
  public var host: String
  public var bytesOut: UInt64
  public var bytesIn: UInt64
  public var flows: Int
  public var busiest: HostTalker?
  /// Of these bytes: what only passed the host on its way between two strangers.
  public var bytesPassing: UInt64
  /// Besides: what stayed within the host, between its processes and containers.
  public var bytesWithin: UInt64
  /// Besides: what belongs to no single remote (listeners, packet sockets, multicast).
  public var bytesShared: UInt64
  /// Besides: VPNs' own flows, whose content is counted.
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

/// The two programs that exchanged most between two hosts, or between a host and a stranger.
public struct HostTalker: Hashable, Sendable, Codable {
  /// At the pair's first host; nil if it is not known there.
  public var near: Program?
  public var far: Program?
  /// The stranger's address.
  public var address: IPAddress?
  public var transport: Transport
  /// The service's port; 0 where there is none.
  public var port: UInt16
  /// The host that began it; nil if that is not known, or was a stranger.
  public var initiator: String?
  /// Of all such flows together, both ways.
  public var bytes: UInt64

  /// A program as one reads it: its name, and the container that holds it.
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
