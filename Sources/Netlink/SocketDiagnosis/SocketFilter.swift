public import Flows

/// Which sockets a dump returns. A nil condition matches everything.
///
/// The kernel applies all of it (`INET_DIAG_REQ_BYTECODE`), so sockets that do not match are not copied.
public struct SocketFilter: Sendable, Hashable {
  public var states: SocketStates
  public var localPort: UInt16?
  public var remotePort: UInt16?
  public var local: Prefix?
  public var remote: Prefix?

  public init(
    states: SocketStates = .all, localPort: UInt16? = nil, remotePort: UInt16? = nil, local: Prefix? = nil,
    remote: Prefix? = nil
  ) {
    self.states = states
    self.localPort = localPort
    self.remotePort = remotePort
    self.local = local
    self.remote = remote
  }

  /// Whether `record` matches; always the same result as the kernel's.
  public func matches(_ record: SocketRecord) -> Bool {
    states.contains(record.state) && localPort ?? record.local.port == record.local.port
      && remotePort ?? record.remote.port == record.remote.port && local?.contains(record.local.address) ?? true
      && remote?.contains(record.remote.address) ?? true
  }
}

extension SocketFilter {
  /// One conditional jump: its code and what follows the four bytes of `struct inet_diag_bc_op`.
  private typealias Condition = (code: UInt8, arguments: [UInt8])

  /// The filter as a list of `struct inet_diag_bc_op`, all of which must hold; empty if all sockets pass.
  var bytecode: [UInt8] {
    var conditions: [Condition] = []
    if let localPort {
      conditions += Self.equal(localPort, INET_DIAG_BC_S_GE, INET_DIAG_BC_S_LE)
    }
    if let remotePort {
      conditions += Self.equal(remotePort, INET_DIAG_BC_D_GE, INET_DIAG_BC_D_LE)
    }
    if let local { conditions.append((INET_DIAG_BC_S_COND, Self.hostCondition(local))) }
    if let remote { conditions.append((INET_DIAG_BC_D_COND, Self.hostCondition(remote))) }
    var program = NetlinkBytes()
    var remaining = conditions.reduce(0) { $0 + 4 + $1.arguments.count }
    for condition in conditions {
      let length = 4 + condition.arguments.count
      program.append(condition.code)
      program.append(UInt8(truncatingIfNeeded: length))  // yes: on to the next one
      program.append(UInt16(truncatingIfNeeded: remaining + 4))  // no: beyond the end, which refuses
      program.append(condition.arguments)
      remaining -= length
    }
    return program.bytes
  }

  private static func equal(_ port: UInt16, _ atLeast: UInt8, _ atMost: UInt8) -> [Condition] {
    // The port is in the `no` field of a second operation.
    var argument = NetlinkBytes()
    argument.append(UInt16(0))
    argument.append(port)
    return [(atLeast, argument.bytes), (atMost, argument.bytes)]
  }

  /// `struct inet_diag_hostcond`. A condition of AF_INET also matches IPv4-mapped addresses of AF_INET6 sockets.
  private static func hostCondition(_ prefix: Prefix) -> [UInt8] {
    var condition = NetlinkBytes()
    condition.append(prefix.address.isV4 ? AF_INET : AF_INET6)
    condition.append(UInt8(truncatingIfNeeded: prefix.length))
    condition.append(UInt16(0))
    condition.append(Int32(-1))  // any port
    condition.append(prefix.address.networkOrder)
    return condition.bytes
  }
}
