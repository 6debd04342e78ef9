public import Flows

/// Named sets of prefixes. It tells which set an address is in.
public struct AddressSets: NamedSets {
  private let sets: [(name: String, prefixes: [Prefix])]
  private let table: PrefixTable

  private let parts: [String: [Prefix]]

  /// The built-in sets and `others`; one of `others` replaces a built-in set of the same name.
  ///
  /// - Parameter parts: the parts of those sets, by names such as `aws:ec2`. A part can be a target, but the set of an
  ///   address is always the whole set.
  public init(adding others: [String: [Prefix]] = [:], parts: [String: [Prefix]] = [:]) {
    self.parts = parts
    let own = others.sorted { $0.key < $1.key }.map { (name: $0.key, prefixes: $0.value) }
    sets = own + Self.builtIn.filter { others[$0.name] == nil }
    table = PrefixTable(
      sets.enumerated().lazy.flatMap { index, set in set.prefixes.lazy.map { (prefix: $0, value: index) } })
  }

  public func prefixes(named name: String) -> [Prefix]? { self[name] }

  /// All names without those of parts: first the added sets by name, then the built-in ones.
  public var names: [String] { sets.map(\.name) }

  /// The prefixes of a set; nil if there is no such set.
  public subscript(name: String) -> [Prefix]? { sets.first { $0.name == name }?.prefixes ?? parts[name] }

  /// The set with the longest prefix that contains `address`; nil if none does. Of equally long ones the first in
  /// `names`.
  public func name(of address: IPAddress) -> String? {
    table[address].map { sets[$0].name }
  }

  private static let builtIn: [(name: String, prefixes: [Prefix])] = [
    ("cloudflare", cloudflare.compactMap { Prefix($0) }), ("private", privateUse),
  ]

  /// https://www.cloudflare.com/ips-v4 and ips-v6
  private static let cloudflare = [
    "173.245.48.0/20", "103.21.244.0/22", "103.22.200.0/22", "103.31.4.0/22", "141.101.64.0/18", "108.162.192.0/18",
    "190.93.240.0/20", "188.114.96.0/20", "197.234.240.0/22", "198.41.128.0/17", "162.158.0.0/15", "104.16.0.0/13",
    "104.24.0.0/14", "172.64.0.0/13", "131.0.72.0/22", "2400:cb00::/32", "2606:4700::/32", "2803:f800::/32",
    "2405:b500::/32", "2405:8100::/32", "2a06:98c0::/29", "2c0f:f248::/32",
  ]

  /// Addresses without a route on the Internet: RFC 1918, shared (RFC 6598), loopback, link-local, unique local (RFC
  /// 4193).
  private static let privateUse = IPAddress.Scope.allCases.filter(\.isInternal).flatMap(\.prefixes)
}
