/// What `collect --script` runs for the outputs that a bundle is read from, in POSIX sh; see `PastedOutput.script`.
public enum CollectedOutputs {
  /// At each place of a host.
  public static var atEachPlace: [String] { PastedOutputs.all.filter { !$0.isOfHost }.compactMap(\.script) }

  /// Once for a host.
  public static var ofHost: [String] { PastedOutputs.all.filter(\.isOfHost).compactMap(\.script) }
}
