import Lab
import Testing

@Suite(.requires(Requirement.host)) struct TrafficTests {
  @Test func `both ends of every kind agree about its bytes`() throws {
    let one = try TestHost("sender")
    let two = try TestHost("receiver")
    defer { [one, two].forEach { $0.stop() } }
    try Wire(one.plug("eth0", "10.3.0.1/24", "fd03::1/64"), two.plug("eth0", "10.3.0.2/24", "fd03::2/64"))

    let sink = try Traffic.serve(on: two, port: 1, address: "::")
    let bulk = try Traffic.send(.bulk(bytes: 20_000_001), from: one, to: "fd03::2", port: 1)
    let slow = try Traffic.send(.bulk(bytes: 50_000, rate: 250_000), from: one, to: "10.3.0.2", port: 1)
    let short = try Traffic.send(.short(count: 10, bytes: 300, milliseconds: 50), from: one, to: "10.3.0.2", port: 1)
    #expect((bulk.sent, slow.sent, short.sent) == (20_000_001, 50_000, 3000))
    #expect(short.endpoints.count == 10)
    let read = try sink.stop()
    #expect((read.received, read.connections) == (20_053_001, 12))

    let flood = try Traffic.serve(on: two, port: 2, udp: true)
    let datagrams = try Traffic.send(.udp(count: 5000, size: 64, rate: 20_000), from: one, to: "10.3.0.2", port: 2)
    let arrived = try flood.stop()
    #expect((datagrams.sent, datagrams.datagrams_sent) == (320_000, 5000))
    #expect(arrived.received == 320_000)

    let echo = try Traffic.serve(on: two, port: 3, mode: .echo, udp: true)
    let echoed = try Traffic.send(.udpEcho(count: 100, size: 700), from: one, to: "10.3.0.2", port: 3)
    #expect((echoed.sent, echoed.received) == (70_000, 70_000))
    _ = try echo.stop()

    let source = try Traffic.serve(on: two, port: 4, mode: .source, bytes: 1_000_000)
    #expect(try Traffic.send(.bulk(bytes: 0), from: one, to: "10.3.0.2", port: 4).received == 1_000_000)
    _ = try source.stop()
  }
}
