/// Transport + initiator endpoint + responder endpoint, as they appear at one place.
public struct Flow: Hashable, Sendable, Codable {
  public var transport: Transport
  /// The initiator, as far as it is known; otherwise whichever end the reader saw first.
  public var source: Endpoint
  public var destination: Endpoint

  public init(_ transport: Transport, from source: Endpoint, to destination: Endpoint) {
    self.transport = transport
    self.source = source
    self.destination = destination
  }

  /// The same flow with its ends exchanged.
  public var reversed: Flow { Flow(transport, from: destination, to: source) }

  /// Equal for a flow and its reverse, so both directions can be kept under one key.
  public var unordered: Flow { source <= destination ? self : reversed }
}

extension Flow: CustomStringConvertible {
  public var description: String { "\(transport) \(source) -> \(destination)" }
}
