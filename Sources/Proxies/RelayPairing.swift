/// How inbound and outbound connections of a relay belong together.
public enum RelayPairing: String, Hashable, Sendable {
  /// Each inbound connection has an outbound connection of its own, with the same bytes (but for TLS and headers).
  case oneToOne = "one to one"
  /// Outbound connections are kept and used for many clients.
  case shared
  /// One connection carries all forwarded ones.
  case multiplexed
  /// One to one or shared: the program's configuration decides.
  case configured
}
