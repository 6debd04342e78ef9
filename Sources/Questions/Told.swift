public import Flows

/// An answer with its evidence.
public struct Told<Value: Codable & Sendable>: Codable, Sendable {
  public var value: Value
  public var evidence: [Evidence]

  public init(_ value: Value, evidence: [Evidence] = []) {
    self.value = value
    self.evidence = evidence
  }
}

extension Told where Value: HostRelative {
  func on(host number: Int) -> Told { Told(value.on(host: number), evidence: evidence) }
  package func called(_ name: String) -> Told { Told(value.called(name), evidence: evidence) }
  package func shifted(by seconds: Double) -> Told { Told(value.shifted(by: seconds), evidence: evidence) }
}

/// An answer in the host's own terms: places without a host number, times of the host's clock, secrets of its programs.
///
/// The functions have no default implementations, because an answer with a forgotten place would be taken for one of
/// another host.
public protocol HostRelative: Codable, Sendable {
  /// The same answer with places on host `number` of several.
  func on(host number: Int) -> Self
  /// The same answer with `name` as the host's name.
  func called(_ name: String) -> Self
  /// The same answer with times that are `seconds` later, for a clock that is ahead of the host's by that much.
  func shifted(by seconds: Double) -> Self
  /// Whether the answer has a time of day.
  var tellsTime: Bool { get }
  /// A copy without secrets, which may leave the host in a bundle.
  func withoutSecrets() -> Self
}

/// An answer without places, times of day and secrets.
public protocol HostIndependent: HostRelative {}

extension HostIndependent {
  public func on(host number: Int) -> Self { self }
  public func called(_ name: String) -> Self { self }
  public func shifted(by seconds: Double) -> Self { self }
  public var tellsTime: Bool { false }
  public func withoutSecrets() -> Self { self }
}

extension Optional: HostRelative where Wrapped: HostRelative {
  public func on(host number: Int) -> Self { map { $0.on(host: number) } }
  public func called(_ name: String) -> Self { map { $0.called(name) } }
  public func shifted(by seconds: Double) -> Self { map { $0.shifted(by: seconds) } }
  public var tellsTime: Bool { self?.tellsTime ?? false }
  public func withoutSecrets() -> Self { map { $0.withoutSecrets() } }
}

extension Array: HostRelative where Element: HostRelative {
  public func on(host number: Int) -> Self { map { $0.on(host: number) } }
  public func called(_ name: String) -> Self { map { $0.called(name) } }
  public func shifted(by seconds: Double) -> Self { map { $0.shifted(by: seconds) } }
  public var tellsTime: Bool { contains(where: \.tellsTime) }
  public func withoutSecrets() -> Self { map { $0.withoutSecrets() } }
}

/// The answer to a question that makes the host do something and returns no value.
public struct Done: HostIndependent, Hashable {
  public init() {}
  public init(from decoder: any Decoder) throws {}
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encodeNil()
  }
}
