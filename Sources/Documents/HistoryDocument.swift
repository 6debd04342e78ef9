public import Flows

/// The answer of `headwater history` (`headwater.history/1`). Times are RFC 3339 in UTC, bytes are network-layer bytes.
public struct HistoryDocument: Hashable, Sendable, Codable {
  public static let schema = "headwater.history/1"

  /// What the rows of one owner, chain, address … moved.
  public struct Row: Hashable, Sendable, Codable {
    public var name: String
    /// `process`, `container`, `vpn-client`, `external` or `unknown` for sources and chains; `other`, `non-ip`, `headers`,
    /// `kernel` or `unknown` for what is no flow of its own; nil otherwise.
    public var kind: String?
    public var traffic: Traffic
    /// The share of all rows, 0 to 1.
    public var share: Double
    /// Bytes of both directions in each step.
    public var series: [UInt64]
    /// The bytes of the range that it is compared with; nil if nothing is compared.
    public var before: UInt64?
    public init(
      name: String, kind: String?, traffic: Traffic, share: Double, series: [UInt64], before: UInt64? = nil
    ) {
      self.name = name
      self.kind = kind
      self.traffic = traffic
      self.share = share
      self.series = series
      self.before = before
    }
  }

  /// What an interface counted itself.
  public struct Account: Hashable, Sendable, Codable {
    public var interface: String
    public var total: Traffic
    /// By how much the rows exceed it.
    public var excess: Traffic?
    /// Whether it leads away from the host, so that rows are kept for it.
    public var uplink: Bool
    public init(interface: String, total: Traffic, excess: Traffic?, uplink: Bool) {
      self.interface = interface
      self.total = total
      self.excess = excess
      self.uplink = uplink
    }
  }

  /// A stretch of time.
  public struct Stretch: Hashable, Sendable, Codable {
    public var from: String
    public var to: String
    public init(from: String, to: String) {
      self.from = from
      self.to = to
    }
  }

  public var schema = HistoryDocument.schema
  public var host: String
  public var from: String
  public var to: String
  /// The zone in which times were read and are printed for people: `CEST (+02:00)`.
  public var zone: String
  public var by: String
  public var target: String?
  /// The seconds of each part of a series.
  public var step: Int
  /// How many seconds of the range the host was watched.
  public var watched: Double
  /// When nobody watched.
  public var gaps: [Stretch]
  /// Whose rows can't be read any more.
  public var damaged: [Stretch]
  /// The largest first.
  public var rows: [Row]
  public var accounts: [Account]
  /// The range that it is compared with; nil if nothing is compared.
  public var comparedWith: Stretch?
  public var notes: [String]

  public init(host: String, from: String, to: String, zone: String, by: String, target: String?, step: Int) {
    (self.host, self.from, self.to, self.zone, self.by) = (host, from, to, zone, by)
    (self.target, self.step, watched) = (target, step, 0)
    (gaps, damaged, rows, accounts, notes) = ([], [], [], [], [])
  }
}

/// The answer of `headwater history --usage` (`headwater.history-usage/1`).
public struct HistoryUsageDocument: Hashable, Sendable, Codable {
  public static let schema = "headwater.history-usage/1"

  public var schema = HistoryUsageDocument.schema
  public var file: String
  /// The bytes of the file that are in use.
  public var bytes: UInt64
  /// The limits.
  public var mostBytes: UInt64
  public var mostDays: Int
  public var first: String?
  public var last: String?
  public var minutes: Int
  public var rows: Int
  /// Of the compressed rows alone.
  public var bytesPerRow: Double?
  public var owners: Int
  public var chains: Int
  public var peers: Int

  public init(
    file: String, bytes: UInt64, mostBytes: UInt64, mostDays: Int, first: String?, last: String?, minutes: Int,
    rows: Int, bytesPerRow: Double?, owners: Int, chains: Int, peers: Int
  ) {
    (self.file, self.bytes, self.mostBytes, self.mostDays) = (file, bytes, mostBytes, mostDays)
    (self.first, self.last, self.minutes, self.rows) = (first, last, minutes, rows)
    (self.bytesPerRow, self.owners, self.chains, self.peers) = (bytesPerRow, owners, chains, peers)
  }
}
