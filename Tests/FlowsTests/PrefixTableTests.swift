import Flows
import Testing

@Suite struct PrefixTableTests {
  private func table(_ prefixes: [String]) throws -> PrefixTable {
    PrefixTable(try prefixes.enumerated().map { (try #require(Prefix($1)), $0) })
  }

  @Test(arguments: [
    ("9.255.255.255", nil), ("10.0.0.0", 0), ("10.1.2.3", 1), ("10.1.255.255", 1), ("10.2.0.0", 0),
    ("10.255.255.255", 0),
    ("11.0.0.0", nil), ("255.255.255.255", 2), ("255.255.255.254", nil), ("2001:db8::1", 3), ("2001:db9::", nil),
    ("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", 3), ("2001:db8:0:1::", 4), ("::", nil),
  ]) func `the longest prefix decides`(text: String, value: Int?) throws {
    let table = try table(["10.0.0.0/8", "10.1.0.0/16", "255.255.255.255", "2001:db8::/32", "2001:db8:0:1::/64"])
    #expect(table[try #require(IPAddress(text))] == value)
  }

  @Test func `of equal prefixes the first counts, and everything can be one prefix`() throws {
    let table = try table(["0.0.0.0/0", "0.0.0.0/0", "::/0"])
    #expect(table[.v4(0)] == 0 && table[.v4(.max)] == 0 && table[.v6(.max)] == 2)
    #expect(PrefixTable([])[.v4(1)] == nil)
  }

  @Test func `it answers as a search through all prefixes does`() {
    var state: UInt64 = 7
    func number() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 17
    }
    let prefixes = (0..<300).compactMap { index in
      index % 2 == 0
        ? Prefix(.v4(UInt32(truncatingIfNeeded: number()) & 0x0F0F_FFFF), length: Int(number() % 33))
        : Prefix(.v6(UInt128(number() & 0xFF) << 120 | UInt128(number()) << 40), length: Int(number() % 129))
    }
    let table = PrefixTable(prefixes.enumerated().map { ($1, $0) })
    for round in 0..<4_000 {
      let near = prefixes[round % prefixes.count].address
      let address: IPAddress =
        switch near {
        case .v4(let value): .v4(value &+ UInt32(truncatingIfNeeded: number() % 5) &- 2)
        case .v6(let value): .v6(value &+ UInt128(number() % 5) &- 2)
        }
      var best: Int?
      for (index, prefix) in prefixes.enumerated() where prefix.contains(address) {
        if prefix.length > best.map({ prefixes[$0].length }) ?? -1 { best = index }
      }
      #expect(table[address] == best)
    }
  }
}
