internal import Questions

/// The version of the lines between `headwater` and a probe. A question or a field may be added; a caller and a probe of
/// one version understand each other.
public enum WireProtocol {
  public static let version = 1
}

/// What a probe bears of its caller, and a caller of a probe.
public struct WireLimits: Hashable, Sendable {
  /// Bytes of one question's line: one about access logs has sets of addresses in it.
  public var questionBytes = 2 << 20
  /// Bytes of one answer's line; a larger answer is refused with an error, never cut.
  public var answerBytes = 32 << 20
  /// Questions under way at once.
  public var questions = 128
  /// Seconds that one question may take; a measurement has these on top of its window.
  public var seconds = 30.0
  /// Seconds that a caller waits for one interval of a series on top of its window: others wait with it.
  public var patience = 10.0
  /// Seconds without a question under way until a probe ends.
  public var silence = 60.0
  /// Seconds until the other side must have taken what was written to it.
  public var writing = 60.0

  public init() {}
}
