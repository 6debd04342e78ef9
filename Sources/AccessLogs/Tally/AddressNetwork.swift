internal import Flows

extension IPAddress {
  /// The network in which an address is compared with its neighbours: a /24 or a /64.
  var neighbours: Prefix { Prefix(self, length: isV4 ? 24 : 64) ?? Prefix(self) }

  /// The address of a client in a log, without a zone; nil for a name.
  init?(client: String) { self.init(client.split(separator: "%").first.map(String.init) ?? client) }
}
