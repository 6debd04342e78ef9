public import Flows

/// What rows of a history are grouped by.
public enum HistoryGrouping: String, CaseIterable, Hashable, Sendable, Codable {
  case source, chain, container, unit, process, remote, interface
}

/// Which rows of a history are meant.
public enum HistoryTarget: Hashable, Sendable {
  case addresses(Prefix)
  case port(UInt16)
  /// An interface, or the name of a process, container, unit or machine, or a source.
  case name(String)

  /// From this one on ports are not kept: Linux gives them to those who ask for any (`net.ipv4.ip_local_port_range`).
  public static let firstUnkept: UInt16 = 32768

  /// `203.0.113.0/24`, `:443`, `eth0`, `nginx`. Nil for an empty text, and for a port that is none.
  public init?(_ text: String) {
    if let prefix = Prefix(text) {
      self = .addresses(prefix)
    } else if text.hasPrefix(":") {
      guard let port = UInt16(text.dropFirst()), port > 0 else { return nil }
      self = .port(port)
    } else if !text.isEmpty {
      self = .name(text)
    } else {
      return nil
    }
  }

  /// Whether whole hours, which keep no addresses and ports, can tell.
  var isInHours: Bool { if case .name = self { true } else { false } }
}

/// A question to a history. Times are minutes since 1970.
public struct HistoryQuery: Hashable, Sendable {
  public var from: Int64
  /// The first minute behind the range.
  public var to: Int64
  public var by: HistoryGrouping
  public var target: HistoryTarget?
  /// The minutes of each part of `HistoryGroup.series`.
  public var step: Int64

  public init(from: Int64, to: Int64, by: HistoryGrouping = .source, target: HistoryTarget? = nil, step: Int64) {
    self.from = from
    self.to = max(from, to)
    self.by = by
    self.target = target
    self.step = max(1, step)
  }

  /// How many parts a series has.
  public var parts: Int { Int((to - from + step - 1) / step) }
}

/// Rows that have something in common, summed.
public struct HistoryGroup: Hashable, Sendable {
  public var name: String
  /// The way of a chain, or the kind of a source; nil if the name says it all.
  public var kind: String?
  public var traffic: Traffic
  /// Bytes in both directions, for each part of the range.
  public var series: [UInt64]
}

/// The answer to a `HistoryQuery`.
public struct HistoryAnswer: Hashable, Sendable {
  /// The largest first.
  public var groups: [HistoryGroup]
  /// What the interfaces counted in the range, by name.
  public var accounts: [HistoryAccount]
  /// For how much of the range the host was watched.
  public var milliseconds: UInt64
  /// Stretches of at least a minute without a record, in minutes since 1970.
  public var gaps: [Range<Int64>]
  /// Minutes whose rows can't be read any more.
  public var damaged: [Range<Int64>]
  /// The first minute of the whole history; nil if it is empty.
  public var first: Int64?
  /// The last minute of the whole history.
  public var last: Int64?
}

/// How much room a history takes.
public struct HistoryUsage: Hashable, Sendable {
  public var bytes: UInt64
  public var first: Int64?
  public var last: Int64?
  public var minutes: Int
  public var rows: Int
  /// The bytes of the compressed rows alone.
  public var rowBytes: UInt64
  public var owners: Int
  public var chains: Int
  public var peers: Int
}
