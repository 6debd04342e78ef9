import Capture
import Flows
import Testing

/// How much of a packet is captured where only headers are wanted.
@Suite struct PacketHeaderTests {
  private func kept(_ frame: [UInt8]) -> Int {
    PacketHeader.length(of: frame.span.bytes, link: .ethernet, wireLength: frame.count)
  }

  private let secret = Array("password=hunter2&more".utf8)

  @Test func `of a payload nothing is kept, with IPv4 and IPv6`() {
    let segment = Frames.tcp(40_000, 80, 1, .acknowledgment, secret)
    #expect(kept(Frames.ethernet(0x0800, Frames.ipv4(.tcp, segment))) == 14 + 20 + 20)
    #expect(kept(Frames.ethernet(0x86DD, Frames.ipv6(6, segment))) == 14 + 40 + 20)
    let datagram = Frames.udp(40_000, 5000, secret)
    #expect(kept(Frames.ethernet(0x0800, Frames.ipv4(.udp, datagram))) == 14 + 20 + 8)
    #expect(kept(Frames.ethernet(0x86DD, Frames.ipv6(17, datagram))) == 14 + 40 + 8)
    // A later fragment is nothing but payload.
    #expect(kept(Frames.ethernet(0x0800, Frames.ipv4(.udp, fragment: 100, secret))) == 14 + 20)
  }

  @Test func `handshakes and DNS messages are kept, because they have names`() {
    let hello: [UInt8] = [22, 3, 1, 0, 100, 1] + [UInt8](repeating: 7, count: 100)
    for (frame, isKept) in [
      (Frames.ipv4(.tcp, Frames.tcp(40_000, 443, 1, .acknowledgment, hello)), true),
      (Frames.ipv4(.tcp, Frames.tcp(40_000, 443, 1, .acknowledgment, [23, 3, 3] + hello)), false),
      (Frames.ipv4(.udp, Frames.udp(40_000, 53, hello)), true),
      (Frames.ipv4(.udp, Frames.udp(40_000, 443, [0xC3, 0, 0, 0, 1] + hello)), true),
      (Frames.ipv4(.udp, Frames.udp(40_000, 443, [0x43, 0, 0, 0, 1] + hello)), false),
    ] {
      let whole = Frames.ethernet(0x0800, frame)
      #expect((kept(whole) == whole.count) == isKept, "\(whole)")
    }
  }

  @Test func `of what is not read the start is kept, and never more than there is`() {
    #expect(kept(Frames.ethernet(0x0806, [UInt8](repeating: 1, count: 28))) == 42)
    #expect(kept(Frames.ethernet(0x88CC, [UInt8](repeating: 1, count: 500))) == 128)
    let whole = Frames.ethernet(0x86DD, Frames.ipv6(6, Frames.tcp(1, 2, 3, .syn, secret)))
    for count in 0...whole.count {
      let kept = kept(Array(whole[..<count]))
      #expect(kept <= count && (kept == count || kept <= 14 + 40 + 20 || kept == 128))
    }
  }
}
