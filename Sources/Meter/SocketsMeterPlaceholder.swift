public import Flows
public import Netlink
// replaced by the branch being merged next
public final class SocketsMeter: TrafficMeter {
  public let kind = MeterKind.sockets
  public let limits: [String] = []
  public init(namespaces: @escaping @Sendable () -> [(NamespaceID, NetworkNamespaceSockets)]) throws(MeterError) {
    throw MeterError(.unsupported, "start the fallback meter", cause: "not built in")
  }
  public func wait(seconds: Double, stop: () -> Bool) {}
  public func read() throws -> MeterReading { MeterReading() }
}
