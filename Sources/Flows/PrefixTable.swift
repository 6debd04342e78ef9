/// Finds the longest of many prefixes that contains an address, in a few memory accesses.
///
/// The prefixes are cut into pieces that do not overlap. The first bits of an address (at most 16 for IPv4, 20 for
/// IPv6) select a few pieces, which are then searched by bisection.
public struct PrefixTable: Sendable {
  private let v4: AddressPieces<UInt32>
  private let v6: AddressPieces<UInt128>

  /// - Parameter entries: the prefixes, each with a value from 0 up to 2^31. Of equal prefixes the first wins.
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

  /// The value of the longest prefix that contains `address`; nil if no prefix does.
  @inlinable public subscript(address: IPAddress) -> Int? {
    switch address {
    case .v4(let address): self[v4: address]
    case .v6(let address): self[v6: address]
    }
  }

  /// The value for an IPv4 address in host order; nil if no prefix contains it.
  public subscript(v4 address: UInt32) -> Int? { v4[address] }

  /// The value for an IPv6 address in host order; nil if no prefix contains it.
  public subscript(v6 address: UInt128) -> Int? { v6[address] }
}
