internal import Questions

/// The version of the lines between `headwater` and a probe. Questions and fields may be added within a version; a
/// caller and a probe of the same version understand each other.
public enum WireProtocol {
  public static let version = 1
}

/// Limits for a probe and its caller.
public struct WireLimits: Hashable, Sendable {
  /// The maximum bytes of a question. A question about access logs includes address sets.
  public var questionBytes = 2 << 20
  /// The maximum bytes of an answer. A larger answer is replaced by an error and never truncated.
  public var answerBytes = 32 << 20
  /// How many questions may be under way at once.
  public var questions = 128
  /// How many seconds one question may take; for a measurement, in addition to its window.
  public var seconds = 30.0
  /// How many seconds a caller waits for one interval of a series, in addition to its window. Other hosts' intervals
  /// wait with it.
  public var patience = 10.0
  /// After how many seconds without a question under way a probe ends.
  public var silence = 60.0
  /// Within how many seconds the other side must read what was written.
  public var writing = 60.0

  public init() {}
}
