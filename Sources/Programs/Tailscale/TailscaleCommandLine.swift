/// The command line of `tailscaled` (cmd/tailscaled in Tailscale's source). Go's flags are written `-name value`,
/// `--name value` or with `=`.
public struct TailscaleCommandLine: Hashable, Sendable {
  /// `--socket`: the socket of its local API; nil for the default.
  public var socket: String?
  /// `--tun`: the device's name or `userspace-networking`; the first word of a list. Nil for the default `tailscale0`.
  public var tunnel: String?

  /// Whether it has no device and instead accepts and makes its peers' connections itself.
  public var isUserspace: Bool { tunnel == "userspace-networking" }

  /// - Parameter words: the command line, beginning with the program's name.
  public init(_ words: [String]) {
    var rest = words.dropFirst()
    while let word = rest.popFirst() {
      guard word.hasPrefix("-") else { break }
      let flag = word.drop { $0 == "-" }
      let name = flag.prefix { $0 != "=" }
      guard ["socket", "tun", "state", "statedir", "port", "verbose", "debug"].contains(name) else { continue }
      let value = name.count < flag.count ? String(flag.dropFirst(name.count + 1)) : rest.popFirst()
      switch name {
      case "socket": socket = value
      case "tun": tunnel = value?.split(separator: ",").first.map(String.init)
      default: break
      }
    }
  }
}
