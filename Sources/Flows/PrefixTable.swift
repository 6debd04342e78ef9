/// Which of many prefixes is the longest that holds an address, answered in a few memory accesses.
///
/// The prefixes are flattened into pieces that do not overlap. An address's first bits, at most 16 of IPv4 and 20 of IPv6, lead
/// to the few pieces in question; the rest is a binary search among those.
public struct PrefixTable: Sendable {
  private let v4: AddressPieces<UInt32>
  private let v6: AddressPieces<UInt128>

  /// - Parameter entries: the prefixes with what they stand for, a number from 0 up to 2^31. Of equal prefixes the first
  ///   counts.
  public init(_ entries: some Sequence<(prefix: Prefix, value: Int)>) {
    var v4: [AddressPieces<UInt32>.Range] = []
    var v6: [AddressPieces<UInt128>.Range] = []
    for (rank, entry) in entries.enumerated() {
      let value = Int32(truncatingIfNeeded: entry.value)
      switch entry.prefix.address {
      case .v4(let first): v4.append(.init(first: first, hostBits: 32 - entry.prefix.length, value: value, rank: rank))
      case .v6(let first): v6.append(.init(first: first, hostBits: 128 - entry.prefix.length, value: value, rank: rank))
      }
    }
    self.v4 = AddressPieces(v4, indexBits: 16)
    self.v6 = AddressPieces(v6, indexBits: 20)
  }

  /// What the longest prefix that holds `address` stands for; nil if none holds it.
  @inlinable public subscript(address: IPAddress) -> Int? {
    switch address {
    case .v4(let address): self[v4: address]
    case .v6(let address): self[v6: address]
    }
  }

  /// The same for an IPv4 address in host order.
  public subscript(v4 address: UInt32) -> Int? { v4[address] }

  /// The same for an IPv6 address in host order.
  public subscript(v6 address: UInt128) -> Int? { v6[address] }
}
