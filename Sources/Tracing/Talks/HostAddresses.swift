internal import Flows
internal import Questions

/// The known host that an address belongs to. Many hosts have the same private addresses, so it depends on the host
/// that asks.
struct HostAddresses {
  /// Addresses of hosts' own interfaces other than bridges, which other hosts may reach.
  private var reachable: [IPAddress: Set<Int>] = [:]
  /// Addresses of all namespaces and bridges as well.
  private var all: [IPAddress: Set<Int>] = [:]
  /// Public addresses that the host itself does not have.
  private var outer: [IPAddress: Int] = [:]
  /// By host: each of its own addresses with the public addresses that stand for it.
  private var outerOfInner: [Int: [IPAddress: [IPAddress]]] = [:]
  private var subnets: [Int: [Prefix]] = [:]

  init(_ inventory: Inventory) {
    for place in inventory.namespaces {
      let number = place.id.host
      for interface in place.interfaces {
        for own in interface.addresses where !own.address.isLoopback {
          all[own.address, default: []].insert(number)
          guard place.isHost else { continue }
          if interface.kind != .bridge { reachable[own.address, default: []].insert(number) }
          if let subnet = Prefix(own.address, length: own.prefixLength) { subnets[number, default: []].append(subnet) }
        }
      }
    }
    for number in 0..<(inventory.hosts?.count ?? 1) {
      for (address, inner) in inventory.publicAddresses(of: number) {
        outer[address] = outer[address] ?? number
        outerOfInner[number, default: [:]][inner, default: []].append(address)
      }
    }
  }

  /// The host that `address` means for host `asker`; nil if it is no known host's, or ambiguous.
  func host(of address: IPAddress, seenFrom asker: Int) -> Int? {
    if address.isUnspecified || address.isMulticastOrBroadcast { return nil }
    if address.isLoopback { return asker }
    let owners = all[address] ?? []
    if owners.contains(asker) { return asker }
    if let number = outer[address] { return number }
    let near = reachable[address] ?? []
    if near.count == 1 { return near.first }
    // An address of a container or a bridge belongs to that host only if it has no nearer meaning.
    guard near.isEmpty, owners.count == 1, !(subnets[asker] ?? []).contains(where: { $0.contains(address) }) else {
      return nil
    }
    return owners.first
  }

  /// Whether several hosts have it, so that it identifies a host only on that host itself.
  func isAmbiguous(_ address: IPAddress) -> Bool { (all[address]?.count ?? 0) > 1 }

  /// Whether exactly one known host has it.
  func isKnown(_ address: IPAddress) -> Bool { all[address]?.count == 1 }

  /// `address`, and the other addresses by which others know it, if it is one of host `number`.
  func names(of address: IPAddress, on number: Int) -> [IPAddress] {
    [address] + (outerOfInner[number]?[address] ?? [])
  }
}
