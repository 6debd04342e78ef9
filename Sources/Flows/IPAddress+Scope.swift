extension IPAddress {
  /// How far an address reaches and what it is for, by the IANA registries of special-purpose addresses (RFC 6890).
  /// Only the registries that matter here are distinguished; every other address is `global`.
  public enum Scope: Hashable, Sendable, CaseIterable {
    /// No address, or any address: 0.0.0.0 (RFC 1122 section 3.2.1.3), `::` (RFC 4291 section 2.5.2).
    case unspecified
    /// The host itself (RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3).
    case loopback
    /// Valid on one link only (RFC 3927; RFC 4291 section 2.5.6).
    case linkLocal
    /// Private networks: RFC 1918, and unique local addresses (RFC 4193).
    case privateUse
    /// Carrier-grade NAT: used between a provider and customers without public addresses of their own (RFC 6598).
    case shared
    /// Multicast groups (RFC 5771, RFC 4291 section 2.7).
    case multicast
    /// Everyone on the link: 255.255.255.255 (RFC 919).
    case broadcast
    /// For examples in documentation (RFC 5737, RFC 3849, RFC 9637).
    case documentation
    /// For benchmarks of network devices (RFC 2544, RFC 5180).
    case benchmarking
    /// Not assigned: "this network" (RFC 1122 section 3.2.1.3) and class E (RFC 1112 section 4).
    case reserved
    /// All other addresses: the public Internet.
    case global

    /// Whether the Internet has no route to the address, so that several networks may use it at the same time.
    public var isInternal: Bool {
      switch self {
      case .loopback, .linkLocal, .privateUse, .shared: true
      default: false
      }
    }

    /// The prefixes of this scope; none for `global`. A longer prefix of another scope inside one of them takes
    /// precedence.
    public var prefixes: [Prefix] { texts.compactMap { Prefix($0) } }

    private var texts: [String] {
      switch self {
      case .unspecified: ["0.0.0.0/32", "::/128"]
      case .loopback: ["127.0.0.0/8", "::1/128"]
      case .linkLocal: ["169.254.0.0/16", "fe80::/10"]
      case .privateUse: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]
      case .shared: ["100.64.0.0/10"]
      case .multicast: ["224.0.0.0/4", "ff00::/8"]
      case .broadcast: ["255.255.255.255/32"]
      case .documentation: ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"]
      case .benchmarking: ["198.18.0.0/15", "2001:2::/48"]
      case .reserved: ["0.0.0.0/8", "240.0.0.0/4", "e00::/8"]
      case .global: []
      }
    }

    fileprivate static let table = PrefixTable(
      allCases.enumerated().flatMap { number, scope in scope.prefixes.map { (prefix: $0, value: number) } })
  }

  public var scope: Scope { Scope.table[self].map { Scope.allCases[$0] } ?? .global }
}
