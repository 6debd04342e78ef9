import Capture
import Flows
import Packets
import Testing

/// Packets that are the same at several places.
@Suite struct PacketIdentitiesTests {
  private func layer(_ frame: [UInt8]) -> PacketLayer? {
    Dissector.dissect(frame.span.bytes, link: .raw, wireLength: frame.count).innermost
  }

  @Test(arguments: [("192.0.2.1", "192.0.2.2", "198.51.100.1"), ("[2001:db8::1]", "[2001:db8::2]", "[2001:db8::9]")])
  func `a packet has one number at all places, also behind a translation`(ends: (String, String, String)) {
    var identities = PacketIdentities()
    let before = Datagram("\(ends.0):40000", "\(ends.1):443", id: 7).tcp(.acknowledgment, [1, 2, 3, 4])
    let behind = Datagram("\(ends.2):50000", "\(ends.1):443", id: 7).tcp(.acknowledgment, [1, 2, 3, 4])
    let one = identities.take(layer(before), before.span.bytes, isWhole: true, at: 0, time: 1000)
    let two = identities.take(layer(before), before.span.bytes, isWhole: true, at: 1, time: 2000)
    let three = identities.take(layer(behind), behind.span.bytes, isWhole: true, at: 2, time: 3000)
    #expect(!one.isCopy && two.isCopy && three.isCopy)
    #expect(one.number == two.number && one.number == three.number)
    // Where it was seen already it was sent again.
    let again = identities.take(layer(before), before.span.bytes, isWhole: true, at: 0, time: 4000)
    #expect(!again.isCopy && again.number != one.number)
    // And much later it is another packet.
    let late = identities.take(layer(before), before.span.bytes, isWhole: true, at: 1, time: 5_000_000_000)
    #expect(!late.isCopy && late.number != again.number)
  }

  @Test func `packets that differ, and those that nothing tells apart, have numbers of their own`() {
    var identities = PacketIdentities()
    var numbers: Set<UInt64> = []
    for sequence in 1...10 {
      let frame = Datagram("192.0.2.1:40000", "192.0.2.2:443").tcp(.acknowledgment, sequence: sequence * 1000)
      let found = identities.take(layer(frame), frame.span.bytes, isWhole: true, at: sequence % 2, time: 1000)
      #expect(!found.isCopy)
      numbers.insert(found.number)
    }
    // A datagram without an identification and payload.
    let empty = Datagram("192.0.2.1:40000", "192.0.2.2:443").udp([])
    for place in 0..<2 {
      let found = identities.take(layer(empty), empty.span.bytes, isWhole: true, at: place, time: 1000)
      #expect(!found.isCopy)
      numbers.insert(found.number)
    }
    #expect(numbers.count == 12)
  }
}
