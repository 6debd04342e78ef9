public import Flows

/// An answer, and how a person can see the same.
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

/// What a host tells in its own terms: places of itself alone, times of its own clock, secrets of its programs.
///
/// Nothing here has a default: an answer with a place that was forgotten would be taken for one of another host.
public protocol HostRelative: Codable, Sendable {
  /// The same as told by host `number` of several.
  func on(host number: Int) -> Self
  /// The same as told by a host that is called `name` here.
  func called(_ name: String) -> Self
  /// The same by a clock that is so many seconds ahead of the host's.
  func shifted(by seconds: Double) -> Self
  /// Whether there is a time of day in it.
  var tellsTime: Bool { get }
  /// The same as it may leave the host in a bundle.
  func withoutSecrets() -> Self
}

/// An answer that names no place, has no time of day, and holds no secrets.
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

/// The answer to what is done rather than told.
public struct Done: HostIndependent, Hashable {
  public init() {}
  public init(from decoder: any Decoder) throws {}
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encodeNil()
  }
}
