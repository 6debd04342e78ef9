/// The location of an address (country, city) and the network it belongs to, as a database says.
public struct AddressLocation: Hashable, Sendable, Codable {
  /// ISO 3166-1: `DE`.
  public var country: String?
  /// The country's name in English.
  public var countryName: String?
  public var city: String?
  /// The number of the autonomous system (AS) that announces the address.
  public var networkNumber: UInt32?
  /// The name of the network's operator.
  public var network: String?

  public init(
    country: String? = nil, countryName: String? = nil, city: String? = nil, networkNumber: UInt32? = nil,
    network: String? = nil
  ) {
    self.country = country
    self.countryName = countryName
    self.city = city
    self.networkNumber = networkNumber
    self.network = network
  }

  /// `AS13335 Cloudflare, Inc.`; nil if nothing is known of the network.
  public var networkTitle: String? {
    let words = [networkNumber.map { "AS\($0)" }, network].compactMap(\.self)
    return words.isEmpty ? nil : words.joined(separator: " ")
  }

  /// `Berlin, Germany, AS64500 Example`; nil if nothing is known.
  public var summary: String? {
    let words = [city, countryName ?? country, networkTitle].compactMap(\.self)
    return words.isEmpty ? nil : words.joined(separator: ", ")
  }
}
