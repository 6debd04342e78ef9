/// The answer of `headwater doctor --selftest` (`headwater.selftest/1`).
public struct SelfTestDocument<Result: Codable & Sendable>: Sendable, Codable {
  public var schema = "headwater.selftest/1"
  public var results: [Result]

  public init(_ results: [Result]) { self.results = results }
}
