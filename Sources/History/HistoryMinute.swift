public import Flows

/// Who a row's traffic belongs to on this host. No pids and no command lines, so that the same program is the same owner
/// every day.
public struct HistoryOwner: Hashable, Sendable, Codable {
  /// Why a row has no flow of its own.
  public enum Rest: String, Hashable, Sendable, Codable {
    /// The flows that were too small or too many to be kept one by one.
    case other
    /// Packets without IP, such as ARP.
    case nonIP = "non-ip"
    /// Headers that tunnels add to what they carry.
    case headers
    /// What the kernel sent by itself, such as resets and ICMP.
    case kernel
    /// What the interface counted and no flow explains.
    case unknown
  }

  /// The name of the process; nil if it is not known.
  public var process: String?
  public var container: String?
  /// The systemd unit.
  public var unit: String?
  /// The virtual machine.
  public var machine: String?
  /// Why there is no process; nil if there is one.
  public var reason: String?
  /// Nil for a row that stands for flows.
  public var rest: Rest?

  public init(
    process: String? = nil, container: String? = nil, unit: String? = nil, machine: String? = nil,
    reason: String? = nil,
    rest: Rest? = nil
  ) {
    self.process = process
    self.container = container
    self.unit = unit
    self.machine = machine
    self.reason = reason
    self.rest = rest
  }
}

/// The way of traffic from its source, as far as it was traced.
public struct HistoryChain: Hashable, Sendable, Codable {
  /// Who began the traffic, in one line: `squid in openvpn`.
  public var source: String
  /// `process`, `container`, `vpn-client`, `external` or `unknown`.
  public var kind: String
  /// The hops from the source on, without numbers that change (pids, ephemeral ports).
  public var hops: [String]

  public init(source: String, kind: String, hops: [String]) {
    self.source = source
    self.kind = kind
    self.hops = hops
  }

  /// The hops in one line: `alice > openvpn > squid > 203.0.113.5`.
  public var text: String { hops.isEmpty ? source : hops.joined(separator: " > ") }
}

/// The traffic of one minute that has owner, chain, peer, service and direction in common, at one interface.
public struct HistoryRow: Hashable, Sendable {
  /// Who opened the connections.
  public enum Direction: UInt8, Hashable, Sendable {
    case unknown, outward, inward
  }

  public var interface: String
  public var owner: HistoryOwner
  /// Nil where nothing was traced.
  public var chain: HistoryChain?
  /// The address outside of this host; nil for a row without a single one.
  public var peer: IPAddress?
  /// The IP protocol's number; 0 if the row has several.
  public var transport: UInt8
  /// The service's port; 0 if there is none. Ephemeral ports are not kept.
  public var port: UInt16
  public var direction: Direction
  /// Whether the same traffic is a row of another interface, too, because it passes both: where interfaces are not told
  /// apart, it counts only there.
  public var isAgain = false
  /// Network-layer bytes and packets as the interface received (in) and sent (out) them.
  public var traffic: Traffic
  public var flows: UInt64

  public init(
    interface: String, owner: HistoryOwner, chain: HistoryChain? = nil, peer: IPAddress? = nil, transport: UInt8 = 0,
    port: UInt16 = 0, direction: Direction = .unknown, traffic: Traffic, flows: UInt64 = 1
  ) {
    self.interface = interface
    self.owner = owner
    self.chain = chain
    self.peer = peer
    self.transport = transport
    self.port = port
    self.direction = direction
    self.traffic = traffic
    self.flows = flows
  }
}

/// What one interface counted in one minute: total + excess = the sum of its rows.
public struct HistoryAccount: Hashable, Sendable {
  public var interface: String
  public var total: Traffic
  /// By how much the rows exceed the total; counters that are read at slightly different moments differ a little, and
  /// an interface may count the headers of several segments as one.
  public var excess: Traffic
  /// Whether the interface leads away from the host, so that the minute has rows for it.
  public var isUplink: Bool
  /// What the meter knows that no row explains. It is not kept: a row has it.
  public var unknown = Traffic()

  public init(interface: String, total: Traffic, excess: Traffic = Traffic(), isUplink: Bool = true) {
    self.interface = interface
    self.total = total
    self.excess = excess
    self.isUplink = isUplink
  }
}

/// One minute of a host.
public struct HistoryMinute: Hashable, Sendable {
  /// Minutes since 1970.
  public var minute: Int64
  /// For how much of it the host was watched, in milliseconds.
  public var milliseconds: UInt64
  public var rows: [HistoryRow]
  public var accounts: [HistoryAccount]

  public init(minute: Int64, milliseconds: UInt64 = 60_000, rows: [HistoryRow], accounts: [HistoryAccount]) {
    self.minute = minute
    self.milliseconds = milliseconds
    self.rows = rows
    self.accounts = accounts
  }

  /// The most rows of flows that a minute keeps.
  public static let most = 1000

  /// The same minute with rows that are alike joined and, of more than `most`, the smallest as one row for each interface:
  /// the sums stay.
  ///
  /// What the rows lack to the interface's total becomes a row of its own (`unknown`), and what they exceed it by is its
  /// `excess`.
  public func balanced(most: Int = HistoryMinute.most) -> HistoryMinute {
    var joined: [HistoryRow: (traffic: Traffic, flows: UInt64)] = [:]
    for row in rows {
      var key = row
      (key.traffic, key.flows) = (Traffic(), 0)
      joined[key, default: (Traffic(), 0)].traffic += row.traffic
      joined[key, default: (Traffic(), 0)].flows &+= row.flows
    }
    var whole = joined.map { key, sum in
      var row = key
      (row.traffic, row.flows) = (sum.traffic, sum.flows)
      return row
    }.sorted { ($0.traffic.bytes, $0.flows) > ($1.traffic.bytes, $1.flows) }
    if whole.count > most { whole = Self.withoutPeers(whole, most: most) }
    var others: [String: HistoryRow] = [:]
    if whole.count > most {
      for row in whole[most...] {
        var empty = HistoryRow(
          interface: row.interface, owner: HistoryOwner(rest: .other), traffic: Traffic(), flows: 0)
        empty.isAgain = row.isAgain
        others["\(row.interface)/\(row.isAgain)", default: empty].add(row)
      }
      whole.removeLast(whole.count - most)
    }
    whole += others.sorted { $0.key < $1.key }.map(\.value)
    var sums: [String: Traffic] = [:]
    for row in whole { sums[row.interface, default: Traffic()] += row.traffic }
    var result = self
    for (index, account) in accounts.enumerated() where account.isUplink {
      let sum = sums[account.interface] ?? Traffic()
      // Rows that have more than the interface counted must not hide what none of them explains.
      let missing = account.total.exceeding(sum).atLeast(account.unknown)
      result.accounts[index].excess = (sum + missing).exceeding(account.total)
      guard !missing.isZero else { continue }
      whole.append(
        HistoryRow(interface: account.interface, owner: HistoryOwner(rest: .unknown), traffic: missing, flows: 0))
    }
    result.rows = whole
    return result
  }
}

extension HistoryMinute {
  /// The largest rows as they are, and the rest joined by owner and chain, without addresses and ports: who talks to a thousand
  /// others is one row.
  ///
  /// - Parameter rows: the largest first.
  private static func withoutPeers(_ rows: [HistoryRow], most: Int) -> [HistoryRow] {
    let kept = most * 3 / 4
    var joined: [HistoryRow: (traffic: Traffic, flows: UInt64)] = [:]
    for row in rows.dropFirst(kept) {
      var key = row
      (key.peer, key.port, key.transport, key.traffic, key.flows) = (nil, 0, 0, Traffic(), 0)
      joined[key, default: (Traffic(), 0)].traffic += row.traffic
      joined[key, default: (Traffic(), 0)].flows &+= row.flows
    }
    let rest = joined.map { key, sum in
      var row = key
      (row.traffic, row.flows) = (sum.traffic, sum.flows)
      return row
    }
    return Array(rows.prefix(kept)) + rest.sorted { ($0.traffic.bytes, $0.flows) > ($1.traffic.bytes, $1.flows) }
  }
}

extension Traffic {
  /// The larger one of each count.
  fileprivate func atLeast(_ other: Traffic) -> Traffic {
    Traffic(
      bytesIn: max(bytesIn, other.bytesIn), bytesOut: max(bytesOut, other.bytesOut),
      packetsIn: max(packetsIn, other.packetsIn), packetsOut: max(packetsOut, other.packetsOut))
  }
}

extension HistoryRow {
  fileprivate mutating func add(_ other: HistoryRow) {
    traffic += other.traffic
    flows &+= other.flows
  }
}

extension Traffic {
  /// By how much each count exceeds the other's.
  func exceeding(_ other: Traffic) -> Traffic {
    func over(_ one: UInt64, _ other: UInt64) -> UInt64 { one > other ? one - other : 0 }
    return Traffic(
      bytesIn: over(bytesIn, other.bytesIn), bytesOut: over(bytesOut, other.bytesOut),
      packetsIn: over(packetsIn, other.packetsIn), packetsOut: over(packetsOut, other.packetsOut))
  }
}
