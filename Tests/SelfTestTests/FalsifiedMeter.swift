import Meter

/// A meter whose readings are changed on the way, to see that the self-test notices.
final class FalsifiedMeter: TrafficMeter {
  private let honest: any TrafficMeter
  private let change: @Sendable (inout SocketTraffic) -> Void

  init(_ honest: any TrafficMeter, _ change: @escaping @Sendable (inout SocketTraffic) -> Void) {
    self.honest = honest
    self.change = change
  }

  var kind: MeterKind { honest.kind }
  var limits: [String] { honest.limits }
  var countsPayload: Bool { honest.countsPayload }
  func wait(seconds: Double, stop: () -> Bool) { honest.wait(seconds: seconds, stop: stop) }
  func read() throws -> MeterReading {
    var reading = try honest.read()
    for index in reading.sockets.indices { change(&reading.sockets[index]) }
    return reading
  }
}
