import Flows
import Testing
import TestNumbers

@testable import Programs
@testable import AddressSets

@Suite struct AddressSetsTests {
  @Test(arguments: [
    ("104.16.0.0", "cloudflare"), ("104.23.255.255", "cloudflare"), ("104.15.255.255", nil), ("104.28.0.0", nil),
    ("2606:4700::1", "cloudflare"), ("2606:4701::", nil), ("10.255.255.255", "private"), ("11.0.0.0", nil),
    ("::1", "private"), ("::2", nil), ("fdff::1", "private"), ("255.255.255.255", nil), ("0.0.0.0", nil),
  ]) func `the built-in sets begin and end where they should`(text: String, name: String?) throws {
    #expect(AddressSets().name(of: try #require(IPAddress(text))) == name)
  }

  @Test func `the longest prefix decides, as a search through all says`() throws {
    var numbers = SeededNumbers(5)
    for _ in 0..<50 {
      // Few leading bits, so that they hold each other often.
      let own = Dictionary(
        uniqueKeysWithValues: (0..<12).map { index in
          let high = UInt32.random(in: 0...7, using: &numbers) << 29
          let address = IPAddress.v4(high | .random(in: 0...255, using: &numbers))
          return ("s\(index)", [Prefix(address, length: Int.random(in: 0...32, using: &numbers))].compactMap { $0 })
        })
      let sets = AddressSets(adding: own)
      let all = sets.names.flatMap { name in (sets[name] ?? []).map { (name, $0) } }
      let edges = all.map { $0.1.address }.filter(\.isV4)
      for edge in edges {
        for offset in [-1, 0, 1, 255, 256] as [Int64] {
          let address = IPAddress.v4(UInt32(truncatingIfNeeded: Int64(edge.integer) + offset))
          let holding = all.filter { $0.1.contains(address) }
          let longest = holding.map(\.1.length).max()
          #expect(sets.name(of: address) == holding.first { $0.1.length == longest }?.0)
        }
      }
    }
  }

  @Test func `everything can be in one set`() throws {
    let sets = AddressSets(adding: ["all": [try #require(Prefix("0.0.0.0/0")), try #require(Prefix("::/0"))]])
    #expect(sets.name(of: .v4(.max)) == "all")
    #expect(sets.name(of: .v6(.max)) == "all")
    #expect(sets.name(of: .v6(0)) == "all")
    #expect(sets.name(of: .v4(0x0A00_0000)) == "private")
    #expect(sets.names == ["all", "cloudflare", "private"])
    #expect(sets["cloudflare"]?.count == 22)
    #expect(sets["nobody"] == nil)
  }

  @Test func `services are named in both directions`() {
    let text = "https\t443/tcp www-s # secure\nhttps 443/udp\nsecond 443/tcp\nbad 70000/tcp\n443/tcp\nx 1/\u{FF}\n"
    let services = ServiceNames(parsing: Array(text.utf8))
    #expect(services.name(of: 443, .tcp) == "https")
    #expect(services.services(named: "https").map(\.transport) == [.tcp, .udp])
    #expect(services.services(named: "www-s").map(\.port) == [443])
    #expect(services.name(of: 4464, .tcp) == nil)
    #expect(ServiceNames(file: "/nowhere").name(of: 443, .tcp) == nil)
  }
}
