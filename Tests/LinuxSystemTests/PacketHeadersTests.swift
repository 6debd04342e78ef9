import Flows
import LinuxSystem
import Testing

struct PacketHeadersTests {
  // version 4, 20 bytes of header; length; id; no fragment; ttl 64, UDP; 192.0.2.1 -> 192.0.2.2
  private let v4: [UInt8] = [0x45, 0, 0, 29, 0, 1, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]
  // 1000 -> 53, length 9, no checksum
  private let udp: [UInt8] = [0x03, 0xE8, 0, 53, 0, 9, 0, 0, 0]
  private let v6: [UInt8] =
    [0x60, 0, 0, 0, 0, 17, 0, 64] + [0x20, 1, 0xD, 0xB8] + [UInt8](repeating: 0, count: 11) + [1]
    + [0x20, 1, 0xD, 0xB8] + [UInt8](repeating: 0, count: 11) + [2]

  @Test func `ports follow a header with options`() {
    var packet = v4
    packet[0] = 0x46
    let flow = PacketHeaders(parsing: packet + [1, 1, 1, 0] + udp).flow
    #expect(flow?.description == "udp 192.0.2.1:1000 -> 192.0.2.2:53")
  }

  @Test func `ports follow extension headers`() {
    var packet = v6
    packet[6] = 0  // hop-by-hop options
    let flow = PacketHeaders(parsing: packet + [17, 0, 1, 4, 0, 0, 0, 0] + udp).flow
    #expect(flow?.description == "udp [2001:db8::1]:1000 -> [2001:db8::2]:53")
  }

  @Test func `a later fragment has no ports`() {
    var packet = v4
    packet[7] = 1
    #expect(PacketHeaders(parsing: packet + udp).flow?.destination.port == 0)
  }

  @Test func `an echo request has its identifier as the source's port`() {
    var packet = v4
    packet[9] = 1
    let flow = PacketHeaders(parsing: packet + [8, 0, 0, 0, 0x12, 0x34, 0, 1]).flow
    #expect(flow?.source.port == 0x1234 && flow?.destination.port == 0)
  }

  @Test func `every truncation and every single wrong byte is survived`() {
    var v6 = v6
    v6[6] = 44
    for packet in [v4 + udp, v6 + [17, 0, 0, 1, 0, 0, 0, 7] + udp] {
      for count in 0..<packet.count {
        let headers = PacketHeaders(parsing: [UInt8](packet[..<count]))
        #expect(count >= 20 || headers.flow == nil)
      }
      for index in packet.indices {
        for value in UInt8.min...UInt8.max {
          var wrong = packet
          wrong[index] = value
          _ = PacketHeaders(parsing: wrong).flow
        }
      }
    }
  }
}
