/// Ends measuring windows early, the one under way and any later one: what was counted until then is the answer.
///
/// For a person who pressed Ctrl-C. A probe from before it answers `unsupported`, and its window ends in its own time.
public struct EndQuestion: Question {
  public static let name = "end"
  public init() {}

  public var scope: Scope<Done> { .everyHost { _, _ in Done() } }
  public var asAsked: Self { self }
  public var description: String { "end the window" }
}
