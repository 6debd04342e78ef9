public import Flows

/// Asks for the connection-tracking entry of two endpoints, in either order, as TCP and else as UDP; nil if there is
/// none.
///
/// The lookup is in the network namespace that the program or the probe runs in, without an inventory. `headwater nat`
/// uses it.
public struct LookupQuestion: Question {
  public static let name = "lookup"
  public var source: Endpoint
  public var destination: Endpoint

  public init(_ source: Endpoint, _ destination: Endpoint) {
    self.source = source
    self.destination = destination
  }

  public var scope: Scope<TrackedFlow?> { .host(0) }
  public var asAsked: Self { self }
  public var description: String { "look up the translation of \(source)-\(destination)" }
}

/// A connection-tracking entry, and how long the lookup took.
public struct TrackedFlow: Hashable, Sendable, Codable, HostIndependent {
  public var translation: Translation
  public var seconds: Double

  public init(_ translation: Translation, seconds: Double) {
    self.translation = translation
    self.seconds = seconds
  }
}
