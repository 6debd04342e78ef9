/// What can be seen of a host, found by trying: what `headwater doctor` reports.
public struct ExaminationQuestion: Question {
  public static let name = "examine"
  public init() {}

  public var scope: Scope<Examination> { .host(0) }
  public var asAsked: Self { self }
  public var description: String { "try what can be seen" }
}

extension Examination: HostRelative {
  public func called(_ name: String) -> Self {
    var copy = self
    copy.host = name
    return copy
  }
  public func on(host number: Int) -> Self { self }
  public func shifted(by seconds: Double) -> Self { self }
  public var tellsTime: Bool { false }
  public func withoutSecrets() -> Self { self }
}
