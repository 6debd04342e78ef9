/// How inbound and outbound connections of a relay belong together.
public enum RelayPairing: String, Hashable, Sendable {
  /// Each inbound connection has its own outbound connection, with the same bytes (apart from TLS and headers).
  case oneToOne = "one to one"
  /// Outbound connections are kept and reused for many clients.
  case shared
  /// One connection carries all forwarded connections.
  case multiplexed
  /// One to one or shared; the program's configuration decides.
  case configured
}
