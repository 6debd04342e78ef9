/// Ends measuring windows early: the one under way and later ones. Their answer is what was counted until then.
///
/// It is asked when a person presses Ctrl-C. A probe of an older version answers `unsupported`, and its window ends at
/// its own time.
public struct EndQuestion: Question {
  public static let name = "end"
  public init() {}

  public var scope: Scope<Done> { .everyHost { _, _ in Done() } }
  public var asAsked: Self { self }
  public var description: String { "end the window" }
}
