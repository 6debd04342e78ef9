import Flows
import Testing

@testable import LocalHost

/// Halves of flows that a program translates between IPv6 and IPv4.
@Suite struct FamilyTranslationsTests {
  private let place = Place(namespace: 7)

  private func row(
    _ source: String, _ destination: String, from interface: String, to out: String?, packets: UInt64 = 100
  ) throws -> FlowTraffic {
    let flow = Flow(.tcp, from: try #require(Endpoint(source)), to: try #require(Endpoint(destination)))
    return FlowTraffic(
      namespace: place, namespaceName: "host", role: out == nil ? .initiator : .forwarded, flow: flow, owner: Owner(),
      traffic: Traffic(bytesIn: 40 * packets, bytesOut: 1400 * packets, packetsIn: packets / 2, packetsOut: packets),
      interface: interface, outInterface: out)
  }

  @Test(
    arguments: [
      // RFC 6052, 2.4: 192.0.2.33 behind prefixes of 96, 64, 56, 48, 40 and 32 bits.
      "2001:db8:122:344::c000:221", "2001:db8:122:344:c0:2:2100::", "2001:db8:122:3c0:0:221::",
      "2001:db8:122:c000:2:2100::",
      "2001:db8:1c0:2:21::", "2001:db8:c000:221::", "64:ff9b::192.0.2.33",
    ])
  func `the second half has the tuple of the first, wherever the address lies`(_ address: String) throws {
    let first = try row("[fd00::2]:4000", "[\(address)]:443", from: "lan", to: "nat64")
    let second = try row("192.168.255.2:4000", "192.0.2.33:443", from: "nat64", to: "eth0")
    let other = try row("192.168.255.2:4001", "192.0.2.33:443", from: "nat64", to: "eth0")
    let joined = FamilyTranslations.joined([second, first, other])
    #expect(joined.map(\.before) == [first.flow, nil, nil])
    // The other way: a program of this host speaks IPv4 only, and what leaves is IPv6 (464XLAT).
    let own = try row("192.0.0.4:4000", "192.0.2.33:443", from: "clat", to: nil)
    let sent = try row("[fd00::5]:4000", "[\(address)]:443", from: "clat", to: "wan")
    #expect(FamilyTranslations.joined([own, sent]).map(\.before) == [nil, own.flow])
  }

  @Test func `what differs in packets or is not the only one stays apart`() throws {
    let first = try row("[fd00::2]:4000", "[64:ff9b::192.0.2.33]:443", from: "lan", to: "nat64")
    let rival = try row("[fd00::3]:4000", "[64:ff9b::192.0.2.33]:443", from: "lan", to: "nat64")
    let second = try row("192.168.255.2:4000", "192.0.2.33:443", from: "nat64", to: "eth0")
    let few = try row("192.168.255.2:4000", "192.0.2.33:443", from: "nat64", to: "eth0", packets: 30)
    let elsewhere = try row("192.168.255.2:4000", "192.0.2.33:443", from: "tun9", to: "eth0")
    #expect(FamilyTranslations.joined([first, rival, second]).allSatisfy { $0.before == nil })
    #expect(FamilyTranslations.joined([first, few]).allSatisfy { $0.before == nil })
    #expect(FamilyTranslations.joined([first, elsewhere]).allSatisfy { $0.before == nil })
  }
}
