public import Flows
public import Questions

/// `host.json` of a bundle: facts about the host that can't be asked any more.
public struct HostRecord: Sendable, Codable, Hashable {
  public var schema: String?
  public var name: String?
  /// When it was recorded: RFC 3339, UTC.
  public var collected: String?
  /// The host's addresses, if no output of `ip address` has them.
  public var addresses: [IPAddress]?
  /// A cloud's one-to-one mapping, which the host itself can't see: each public address with the host's own address.
  public var publicAddresses: [String: IPAddress]?

  /// How many lines of files and command lines were emptied or shortened because they may hold secrets.
  public var leftOut: Int?

  /// Hosts that were to be recorded with this one and did not answer: they may have addresses that are seen here.
  public var unreached: [HostFailure]?

  /// Seconds between two readings of the same counters.
  public var secondsApart: Double?

  public static let schema = "headwater.bundle/1"

  /// Keys in snake case, as in all documents of Headwater, because people write this file as well.
  private enum CodingKeys: String, CodingKey {
    case schema, name, collected, addresses, unreached
    case publicAddresses = "public_addresses"
    case leftOut = "left_out"
    case secondsApart = "seconds_apart"
  }

  public init(
    name: String? = nil, collected: String? = nil, addresses: [IPAddress]? = nil,
    publicAddresses: [String: IPAddress]? = nil
  ) {
    schema = Self.schema
    self.name = name
    self.collected = collected
    self.addresses = addresses
    self.publicAddresses = publicAddresses
  }
}
