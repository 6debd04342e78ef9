internal import Documents
internal import Flows
internal import Questions

/// The sources that are told apart at one place, and the addresses that each may try.
///
/// The prefixes that rules name cut the addresses into parts that the rules may treat differently. One address of each part
/// is tried, and one of each network of an interface, of the host itself, and of the rest of the internet.
struct ExposureSources {
  let vantage: any Vantage
  let place: NamespaceDescription
  /// The prefixes that the place's rules name.
  let named: [Prefix]
  /// The addresses of all hosts, by name.
  let hosts: [(name: String, addresses: [IPAddress])]

  /// How many of the prefixes that rules name are tried.
  static let limit = 256

  /// Addresses of the internet that hardly any rule names; the first that none does stands for the rest of it.
  private static let strangers = [
    "45.83.91.7", "91.210.107.7", "187.44.12.7", "2a0e:97c0:5::7", "2804:14c:7::7", "2c0f:f248:9::7",
  ].compactMap { IPAddress($0) }

  /// Further ones, spread over all of it, for rules that name whole continents.
  private static let further: [IPAddress] =
    (UInt32(1)...223).map { .v4($0 << 24 | 0x4D_0D07) }
    + stride(from: UInt128(0x2400), to: 0x3000, by: 7).map { .v6($0 << 112 | 0x4D07) }

  /// All sources.
  func all() async throws -> [ExposureSource] {
    var found = itself + networks
    let prefixes = Set(named).filter { $0.length > 0 }.sorted { ($0.length, $0.address) < ($1.length, $1.address) }
    for prefix in prefixes.prefix(Self.limit) { found += try await source(.prefix, "\(prefix)", prefix) }
    return found + (try await internet())
  }

  /// The sources that a person names: `internet`, an address, a prefix, or a host.
  func named(_ from: ExposureOrigin) async throws -> [ExposureSource] {
    switch from {
    case .internet: return try await internet()
    case .prefix(let prefix):
      if prefix.length == prefix.address.bitWidth, place.owns(prefix.address) || prefix.address.isLoopback {
        return [ExposureSource(.itself, "\(prefix.address)", as: prefix.address, on: nil)]
      }
      // What the rules tell apart inside of it is tried apart.
      var found = try await source(.prefix, Self.name(prefix), prefix)
      for part in Set(named).sorted(by: { ($0.length, $0.address) < ($1.length, $1.address) }).prefix(Self.limit)
      where part.length > prefix.length && prefix.contains(part.address) {
        found += try await source(.prefix, Self.name(part), part)
      }
      return found
    case .host(let name):
      var found: [ExposureSource] = []
      for address in hosts.first(where: { $0.name == name })?.addresses ?? [] {
        if place.owns(address) { return itself }
        if let interface = try await interface(toward: address) {
          found.append(ExposureSource(.host, "\(name) \(address)", as: address, on: interface))
        }
      }
      return found
    }
  }

  private static func name(_ prefix: Prefix) -> String {
    prefix.length == prefix.address.bitWidth ? "\(prefix.address)" : "\(prefix)"
  }

  private var itself: [ExposureSource] {
    [
      ExposureSource(.itself, "itself", as: .v4(0x7F00_0001), on: nil),
      ExposureSource(.itself, "itself", as: .v6(1), on: nil),
    ]
  }

  private var networks: [ExposureSource] {
    var found: [ExposureSource] = []
    for interface in place.interfaces where interface.isUp && interface.name != "lo" {
      let own = Set(place.interfaces.flatMap(\.addresses).map(\.address))
      for address in interface.addresses where !address.address.isLinkLocal {
        guard let network = Prefix(address.address, length: address.prefixLength),
          network.length < network.address.bitWidth,
          let neighbour = Self.address(in: network, except: own, named)
        else { continue }
        let kind: ExposureSource.Kind =
          interface.kind?.isVPN == true ? .vpn : interface.kind == .bridge ? .containers : .network
        found.append(ExposureSource(kind, "\(interface.name) \(network)", as: neighbour, on: interface.name))
      }
    }
    return found
  }

  private func source(_ kind: ExposureSource.Kind, _ name: String, _ prefix: Prefix) async throws -> [ExposureSource] {
    let own = Set(place.interfaces.flatMap(\.addresses).map(\.address))
    guard let address = Self.address(in: prefix, except: own, named), !address.isLoopback,
      !address.isMulticastOrBroadcast, let interface = try await interface(toward: address)
    else { return [] }
    return [ExposureSource(kind, name, as: address, on: interface)]
  }

  private func internet() async throws -> [ExposureSource] {
    var found: [ExposureSource] = []
    for isV4 in [true, false] {
      let stranger = (Self.strangers + Self.further).first { one in
        one.isV4 == isV4 && one.isPublic && !named.contains { $0.length > 0 && $0.contains(one) }
      }
      guard let stranger else { continue }
      let name = try await interface(toward: stranger)
      found.append(ExposureSource(.internet, "internet", as: stranger, on: name))
    }
    return found
  }

  private func interface(toward address: IPAddress) async throws -> String? {
    guard let route = try await vantage.route(to: address, in: place.id), !route.isLocal else { return nil }
    return place.interface(route.interface)?.name
  }

  /// An address of `prefix` that is in none of the longer `others`; nil if there is none among the first.
  static func address(in prefix: Prefix, except own: Set<IPAddress>, _ others: [Prefix]) -> IPAddress? {
    let size = prefix.address.bitWidth - prefix.length
    if size == 0 { return own.contains(prefix.address) ? nil : prefix.address }
    let longer = others.filter { $0.length > prefix.length }
    let count = UInt128(1) << UInt128(min(size, 10))
    for offset in (UInt128(1)..<count).reversed() + [0] {
      // Not the broadcast address of the network, nor the network's own.
      if prefix.address.isV4, size > 1, size <= 10, offset == count - 1 || offset == 0 { continue }
      let value = prefix.address.integer + offset
      let address: IPAddress = prefix.address.isV4 ? .v4(UInt32(value)) : .v6(value)
      if !own.contains(address), !longer.contains(where: { $0.contains(address) }) { return address }
    }
    return nil
  }
}
