import Flows
import JSON
import Questions
import Testing

/// Captured packets on the wire.
@Suite struct PacketBatchTests {
  private let batch = PacketBatch(
    packets: [
      .init(time: 1_700_000_001_000_000_007, source: 0, isOutgoing: true, wire: 1500, length: 2),
      .init(time: 1_700_000_001_000_000_008, source: 1, isOutgoing: false, wire: 3, length: 3),
    ], bytes: [0, 255, 16, 1, 171],
    sources: [
      .init(place: Place(namespace: 4), index: 2, name: "eth0", placeName: "host", received: 1),
      .init(place: Place(namespace: 5), index: 9, name: nil, placeName: "container web", received: 1),
    ], lost: 7, isWhole: true, notes: ["one"])

  @Test func `what is sent is what arrives`() throws {
    let wire = try JSONValue(encoding: batch)
    #expect(try wire.decoded(as: PacketBatch.self) == batch)
    let question = CaptureQuestion(
      on: 3, places: [Place(host: 3, namespace: 5)], interface: 2,
      filter: [.init(code: 6, jumpTrue: 0, jumpFalse: 255, value: .max)], snap: 96)
    let asked = try question.asAsked.wire.decoded(as: CaptureQuestion.self)
    #expect(asked.places == [Place(namespace: 5)] && asked.host == 0)
    #expect(asked.filter == question.filter && asked.snap == 96 && asked.interface == 2)
  }

  @Test func `on a host among several, places have its number, and times are by the asker's clock`() {
    #expect(batch.on(host: 3).sources.map(\.place.host) == [3, 3])
    #expect(batch.shifted(by: -0.5).packets.map(\.time) == [1_700_000_000_500_000_007, 1_700_000_000_500_000_008])
    #expect(batch.shifted(by: .infinity) == batch)
  }

  @Test func `lengths that are not those of the bytes are refused`() throws {
    for change in [
      { (batch: inout PacketBatch) in batch.packets[0].length = 3 }, { $0.packets[0].length = -2 },
      { $0.packets[1].source = 2 }, { $0.packets[1].source = -1 }, { $0.bytes.removeLast() },
      { $0.packets[0].length = .max },
    ] {
      var wrong = batch
      change(&wrong)
      let wire = try JSONValue(encoding: wrong)
      #expect(throws: (any Error).self) { try wire.decoded(as: PacketBatch.self) }
    }
  }
}
