/// An address range in CIDR form. Host bits are cleared.
public struct Prefix: Hashable, Sendable {
  public let address: IPAddress
  /// How many leading bits are fixed: 0 to 32 or 0 to 128.
  public let length: Int

  /// Nil if `length` is out of range for the address family.
  public init?(_ address: IPAddress, length: Int) {
    guard (0...address.bitWidth).contains(length) else { return nil }
    let hostBits = UInt128(address.bitWidth - length)
    let network = hostBits == 128 ? 0 : (address.integer >> hostBits) << hostBits
    self.address = address.isV4 ? .v4(UInt32(network)) : .v6(network)
    self.length = length
  }

  /// The prefix that contains only this address.
  public init(_ address: IPAddress) {
    self.address = address
    self.length = address.bitWidth
  }

  public func contains(_ other: IPAddress) -> Bool {
    guard other.isV4 == address.isV4 else { return false }
    let hostBits = UInt128(address.bitWidth - length)
    return hostBits == 128 || other.integer >> hostBits == address.integer >> hostBits
  }
}

extension Prefix: CustomStringConvertible, LosslessStringConvertible {
  public var description: String { "\(address)/\(length)" }

  /// Parses `192.0.2.0/24`, `2001:db8::/32`, or a bare address; nil for anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let address = IPAddress(first) else { return nil }
    guard parts.count == 2 else { self.init(address); return }
    guard parts[1].utf8.allSatisfy({ (48...57).contains($0) }), let length = Int(parts[1]) else { return nil }
    self.init(address, length: length)
  }
}
