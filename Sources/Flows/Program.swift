/// Headwater itself.
public enum Program {
  /// The version of the program and of its probe.
  public static let version = "0.1.0"
}
