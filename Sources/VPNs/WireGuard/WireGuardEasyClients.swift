public import Flows
internal import JSON

/// Reads the clients in the `wg0.json` of wg-easy up to version 14:
/// `{"server": {…}, "clients": {"UUID": {"name": "alice", "publicKey": "…", …}}}`. Version 15 keeps them in an SQLite
/// database, which is not read.
public enum WireGuardEasyClients {
  /// The names by public key; nil if it is no such file. The private and preshared keys in the file are not decoded.
  public static func names(in content: [UInt8]) -> [WireGuardPublicKey: String]? {
    guard let file = JSONValue.decode(File.self, from: content), let clients = file.clients.value else { return nil }
    var names: [WireGuardPublicKey: String] = [:]
    // Ordered by their identifiers, so that equal keys give the same name each time.
    for (_, client) in clients.sorted(by: { $0.key < $1.key }) {
      guard let client = client.value, let name = client.name.value, !name.isEmpty,
        let key = client.publicKey.value.flatMap({ WireGuardPublicKey($0) })
      else { continue }
      names[key] = names[key] ?? String(name.prefix(WireGuardConfiguration.nameLimit))
    }
    return names
  }

  private struct File: Decodable {
    var clients: Lenient<[String: Lenient<Client>]>
    struct Client: Decodable {
      var name: Lenient<String>
      var publicKey: Lenient<String>
    }
  }
}
