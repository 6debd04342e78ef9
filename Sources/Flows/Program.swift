/// Headwater itself.
public enum Program {
  /// Of the program and its probe.
  public static let version = "0.1.0"
}
