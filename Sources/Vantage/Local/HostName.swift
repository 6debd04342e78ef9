internal import LinuxSystem

/// What this host calls itself.
enum HostName {
  static var current: String {
    let bytes = (try? Descriptor(reading: "/proc/sys/kernel/hostname").readToEnd(limit: 256)) ?? []
    let text = String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self)
    return text.isEmpty ? "localhost" : text
  }
}
