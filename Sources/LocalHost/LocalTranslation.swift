internal import LinuxSystem
public import Questions
public import Flows
internal import Netlink

/// One question to connection tracking in the caller's own namespace, without a meter or an inventory.
public enum LocalTranslation {
  /// This host's name.
  public static var host: String { OwnHostName.current }

  /// The entry that `flow` belongs to, by any of its names; nil if there is none.
  public static func look(up flow: Flow) throws(VantageError) -> Translation? {
    do {
      let connections = ConnectionTracking(try NetworkNamespaceSockets())
      guard let entry = try connections.get(flow) ?? connections.get(flow.reversed) else { return nil }
      return Translation(original: entry.original, translated: entry.reply.reversed)
    } catch {
      throw VantageError(error, host: host, "look up a translation")
    }
  }
}
