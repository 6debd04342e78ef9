/// The host's own name.
public enum OwnHostName {
  /// The output of `uname -n`; `localhost` if it is empty. It needs no /proc.
  public static var current: String {
    let name = Kernel.names.name
    return name.isEmpty ? "localhost" : name
  }
}
