import Flows

/// Measures how many addresses a second one core places among 50,000 prefixes of both families.
///
///     PrefixBenchmark [PREFIXES]
@main struct PrefixBenchmark {
  static func main() {
    let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 50_000
    var state: UInt64 = 1
    func number() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 11
    }
    // As tables of routes have them: IPv4 mostly /16 to /24, IPv6 /29 to /48 within what is given out.
    var prefixes: [Prefix] = []
    while prefixes.count < count {
      let prefix =
        prefixes.count % 2 == 0
        ? Prefix(.v4(UInt32(truncatingIfNeeded: number())), length: 16 + Int(number() % 9))
        : Prefix(
          .v6(UInt128(0x2000 + number() % 0xC00) << 112 | UInt128(number()) << 60), length: 29 + Int(number() % 20))
      if let prefix { prefixes.append(prefix) }
    }
    let clock = ContinuousClock()
    var began = clock.now
    let table = PrefixTable(prefixes.enumerated().map { ($1, $0) })
    print("\(count) prefixes: made in \(seconds(clock.now - began)) s")
    for (name, isV4) in [("IPv4", true), ("IPv6", false)] {
      // Half of the addresses lie within prefixes, the rest anywhere of their family.
      let addresses = (0..<1 << 20).map { index -> IPAddress in
        let prefix = prefixes[Int(number() % UInt64(count)) & ~1 | (isV4 ? 0 : 1)]
        let near = prefix.address.integer | UInt128(number()) & (isV4 ? 0xFF : 0xFFFF_FFFF)
        if isV4 { return .v4(index % 2 == 0 ? UInt32(truncatingIfNeeded: near) : UInt32(truncatingIfNeeded: number())) }
        return .v6(index % 2 == 0 ? near : UInt128(0x2000 + number() % 0x1000) << 112 | UInt128(number()))
      }
      var hits = 0
      began = clock.now
      for _ in 0..<20 {
        for address in addresses where table[address] != nil { hits += 1 }
      }
      let took = seconds(clock.now - began)
      let lookups = 20 * addresses.count
      print(
        "\(name): \(lookups) addresses in \(took) s, \(Double(lookups) / took / 1e6) million a second, \(hits) found")
    }
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
  }
}
