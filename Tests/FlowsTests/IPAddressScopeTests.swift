import Flows
import Testing

@Suite struct IPAddressScopeTests {
  @Test(arguments: [
    ("0.0.0.0", IPAddress.Scope.unspecified), ("::", .unspecified), ("127.0.0.1", .loopback),
    ("127.255.255.255", .loopback), ("::1", .loopback), ("169.254.169.254", .linkLocal), ("fe80::1", .linkLocal),
    ("febf:ffff::", .linkLocal), ("10.0.0.0", .privateUse), ("10.255.255.255", .privateUse),
    ("172.16.0.0", .privateUse), ("172.31.255.255", .privateUse), ("192.168.1.1", .privateUse), ("fc00::", .privateUse),
    ("fdff:ffff::1", .privateUse), ("100.64.0.0", .shared), ("100.127.255.255", .shared), ("224.0.0.251", .multicast),
    ("239.255.255.255", .multicast), ("ff02::fb", .multicast), ("255.255.255.255", .broadcast),
    ("192.0.2.1", .documentation), ("198.51.100.1", .documentation), ("203.0.113.255", .documentation),
    ("2001:db8::1", .documentation), ("3fff:fff::1", .documentation), ("198.18.0.1", .benchmarking),
    ("198.19.255.255", .benchmarking), ("2001:2::1", .benchmarking), ("0.0.0.1", .reserved), ("240.0.0.1", .reserved),
    ("255.255.255.254", .reserved),
  ]) func `an address of a registry has its scope`(text: String, scope: IPAddress.Scope) throws {
    #expect(try #require(IPAddress(text)).scope == scope)
  }

  @Test(arguments: [
    "1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
    "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "192.0.3.0",
    "198.17.255.255", "198.20.0.0", "223.255.255.255", "2001:db7:ffff::", "2001:db9::", "2606:4700::1", "fbff::",
    "fe00::", "fe7f::", "fec0::", "::2", "64:ff9b::1",
  ]) func `an address beside them is of the Internet`(text: String) throws {
    let address = try #require(IPAddress(text))
    #expect(address.scope == .global && !address.scope.isInternal)
  }

  @Test func `questions for one scope and the scope itself agree`() {
    let prefixes = IPAddress.Scope.allCases.flatMap(\.prefixes)
    let addresses = prefixes.flatMap { prefix -> [IPAddress] in
      let first = prefix.address.integer
      let hostBits = UInt128(prefix.address.bitWidth - prefix.length)
      let last = hostBits == 128 ? UInt128.max : first | ((1 << hostBits) - 1)
      let near = [first, first &- 1, last, last &+ 1]
      return near.map { prefix.address.isV4 ? .v4(UInt32(truncatingIfNeeded: $0)) : .v6($0) }
    }
    #expect(addresses.count > 60)
    for address in addresses {
      let scope = address.scope
      #expect(address.isLoopback == (scope == .loopback), "\(address)")
      #expect(address.isLinkLocal == (scope == .linkLocal), "\(address)")
      #expect(address.isUnspecified == (scope == .unspecified), "\(address)")
      #expect(address.isMulticastOrBroadcast == (scope == .multicast || scope == .broadcast), "\(address)")
    }
  }

  @Test func `what a network gives itself is internal`() {
    let internalScopes = IPAddress.Scope.allCases.filter(\.isInternal)
    #expect(internalScopes == [.loopback, .linkLocal, .privateUse, .shared])
    #expect(internalScopes.flatMap(\.prefixes).count == 9)
    #expect(IPAddress.Scope.global.prefixes.isEmpty)
  }
}
