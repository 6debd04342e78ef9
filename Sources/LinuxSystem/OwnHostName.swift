/// The host's own name.
public enum OwnHostName {
  /// The output of `uname -n`; `localhost` if that can't be read.
  public static var current: String {
    // A host whose name can't be read is still this host.
    let bytes = (try? Descriptor(reading: "/proc/sys/kernel/hostname").readToEnd(limit: 256)) ?? []
    let text = String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self)
    return text.isEmpty ? "localhost" : text
  }
}
