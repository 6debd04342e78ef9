internal import CLinux
public import Flows

/// Reverse name resolution by the C library: files, DNS, or whatever the host is configured for.
public enum HostLookup {
  /// The name of `address`; nil if it has none. Blocks until the resolver answers.
  public static func name(of address: IPAddress) -> String? {
    var name = [CChar](repeating: 0, count: 1025)
    guard hw_host_name(address.description, &name, name.count) == 0 else { return nil }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
