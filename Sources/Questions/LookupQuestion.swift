public import Flows

/// The connection-tracking entry that two endpoints belong to, as TCP, else as UDP, in whichever order; nil if there is none.
///
/// It is looked up in the network namespace that the program or the probe runs in, without an inventory: what
/// `headwater nat` asks.
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

/// An entry, and how long it took to find it.
public struct TrackedFlow: Hashable, Sendable, Codable, HostIndependent {
  public var translation: Translation
  public var seconds: Double

  public init(_ translation: Translation, seconds: Double) {
    self.translation = translation
    self.seconds = seconds
  }
}
