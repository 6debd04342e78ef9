public import Flows

/// Finds processes that share a network, for namespaces that may not be read. Everybody may look up the files in
/// `/proc/PID/net`, and each network namespace has its own.
extension ProcessFiles {
  /// The network namespace of pid 1; nil if it can't be seen.
  public var hostNetworkNamespace: Place? {
    if let first = networkNamespace(1) { return first }
    // readlink /proc/self/ns/net. Every process may read its own.
    guard isInOwnNetwork(1), let own = try? SmallFile.linkTarget("\(root)/self/ns/net") else { return nil }
    return Decimal.bracketed(own, kind: "net").map { Place(namespace: $0) }
  }

  /// The inode of `/proc/PID/net/dev`, which is equal for all processes of one network namespace; nil if it can't be
  /// read.
  public func networkMark(_ pid: Int32) -> UInt64? { mark("\(pid)") }

  /// The inode of this process's own `/proc/self/net/dev`, to compare with `networkMark`.
  public var ownNetworkMark: UInt64? { mark("self") }

  /// Whether `pid` is in this process's network namespace; false also if that can't be seen.
  public func isInOwnNetwork(_ pid: Int32) -> Bool { networkMark(pid).map { $0 == ownNetworkMark } ?? false }

  private func mark(_ process: String) -> UInt64? {
    // stat -c %i /proc/PID/net/dev. Without it nothing is concluded.
    (try? FileIdentity(of: "\(root)/\(process)/net/dev"))?.inode
  }
}
