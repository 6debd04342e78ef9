internal import Flows

/// Copies of echo answers.
///
/// The kernel gives each ICMP packet to every raw socket of the namespace, and each counts it. But a ping's answers belong to the
/// ping that asked; the identifier tells which one that is.
struct EchoCopies {
  private struct Echo: Hashable {
    let namespace: Place
    let transport: Transport
    let local: Endpoint
    let remote: Endpoint?

    /// Nil for a row that is not of echo packets: only those have an identifier, which stands for a port.
    init?(_ row: SocketTraffic) {
      guard row.transport.isICMP, row.local.port != 0 else { return nil }
      (namespace, transport, local, remote) = (row.namespace, row.transport, row.local, row.remote)
    }
  }

  /// The socket that last sent with an identifier; an answer may come in a later interval.
  private var askers: [Echo: UInt64] = [:]
  private static let limit = 4096

  /// Takes out what was only a copy. Of copies whose asker is not known one stays, without an owner.
  mutating func takeOut(of rows: inout [SocketTraffic]) {
    for row in rows where row.traffic.packetsOut > 0 {
      guard let echo = Echo(row) else { continue }
      if askers.count >= Self.limit, askers[echo] == nil { askers.removeAll(keepingCapacity: true) }
      askers[echo] = row.cookie
    }
    var open: [Echo: Int] = [:]
    var result: [SocketTraffic] = []
    for row in rows {
      guard let echo = Echo(row), row.traffic.packetsOut == 0 else {
        result.append(row)
        continue
      }
      if let asker = askers[echo] {
        if asker == row.cookie { result.append(row) }
      } else if let known = open[echo] {
        result[known].holder = .unknown(
          reason: "several programs have a copy of these answers, and none was seen to ask")
      } else {
        open[echo] = result.count
        result.append(row)
      }
    }
    rows = result
  }
}
