/// A transport protocol and two endpoints, the initiator's first, as they appear at one place.
public struct Flow: Hashable, Sendable, Codable {
  public var transport: Transport
  /// The initiator's endpoint if the initiator is known; otherwise the endpoint that the reader saw first.
  public var source: Endpoint
  public var destination: Endpoint

  public init(_ transport: Transport, from source: Endpoint, to destination: Endpoint) {
    self.transport = transport
    self.source = source
    self.destination = destination
  }

  /// The same flow with its endpoints exchanged.
  public var reversed: Flow { Flow(transport, from: destination, to: source) }

  /// A key that is equal for a flow and its reverse, so that both directions share one entry.
  public var unordered: Flow { source <= destination ? self : reversed }
}

extension Flow: CustomStringConvertible {
  public var description: String { "\(transport) \(source) -> \(destination)" }
}
