/// The commands that `collect --script` runs for the outputs that a bundle can have, in POSIX sh; see
/// `PastedOutput.script`.
public enum CollectedOutputs {
  /// The commands for each place of a host.
  public static var atEachPlace: [String] { PastedOutputs.all.filter { !$0.isOfHost }.compactMap(\.script) }

  /// The commands that run once per host.
  public static var ofHost: [String] { PastedOutputs.all.filter(\.isOfHost).compactMap(\.script) }
}
