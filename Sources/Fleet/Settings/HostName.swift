/// The rules for a host's name.
public enum HostName {
  /// What is wrong with `name`; nil if it is valid.
  public static func problem(_ name: String) -> String? {
    if name.isEmpty { return "a host's name can't be empty" }
    if name.hasPrefix("-") { return "\(name): a host's name can't begin with -" }
    if name.utf8.count > 255 { return "a host's name can't be longer than 255 bytes" }
    if name.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.value == 0x7F }) {
      return "a host's name can't hold spaces or control characters"
    }
    return nil
  }
}
