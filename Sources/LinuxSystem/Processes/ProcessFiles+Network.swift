public import Flows

/// Which processes share a network, for those whose namespace may not be read: the files in `/proc/PID/net` are everybody's to
/// look at, and each network namespace has its own.
extension ProcessFiles {
  /// The network namespace of pid 1; nil if that is not to be seen.
  public var hostNetworkNamespace: Place? {
    if let first = networkNamespace(1) { return first }
    // readlink /proc/self/ns/net. Everybody may look at himself.
    guard isInOwnNetwork(1), let own = try? SmallFile.linkTarget("\(root)/self/ns/net") else { return nil }
    return Decimal.bracketed(own, kind: "net").map { Place(namespace: $0) }
  }

  /// The inode of `/proc/PID/net/dev`: the same for all processes of one network namespace; nil if it is not to be had.
  public func networkMark(_ pid: Int32) -> UInt64? { mark("\(pid)") }

  /// Of the process that asks.
  public var ownNetworkMark: UInt64? { mark("self") }

  /// Whether `pid` is in the network namespace of the process that asks; false too where that is not to be seen.
  public func isInOwnNetwork(_ pid: Int32) -> Bool { networkMark(pid).map { $0 == ownNetworkMark } ?? false }

  private func mark(_ process: String) -> UInt64? {
    // stat -c %i /proc/PID/net/dev. Without it nothing is concluded.
    (try? FileIdentity(of: "\(root)/\(process)/net/dev"))?.inode
  }
}
