public import Flows
internal import LinuxSystem

/// By what clients' addresses are put together, and what each is called.
public struct LogAddressGrouping: Sendable {
  public enum Kind: Sendable {
    case set, country, network

    /// What stands for clients of which it isn't known.
    var unknown: String {
      switch self {
      case .set: "no set"
      case .country: "no country known"
      case .network: "no network known"
      }
    }
  }

  public let kind: Kind
  /// Nil for an address that is in none.
  public let name: @Sendable (IPAddress) -> String?

  public init(_ kind: Kind, _ name: @escaping @Sendable (IPAddress) -> String?) {
    self.kind = kind
    self.name = name
  }
}

extension LogSurvey {
  /// All clients, not only the ones that ask most, put together by what their addresses are in.
  func addAddresses(to document: inout LogsDocument, _ options: LogReportOptions) {
    guard let grouping = options.addressGrouping else { return }
    var sums: [String: AddressSum] = [:]
    for id in 0..<tally.clients.count where tally.clients[id].requests > 0 {
      let client = LogNames.text(tally.clients.key(id))
      let address = IPAddress(client.split(separator: "%").first.map(String.init) ?? client)
      let name = address.map { grouping.name($0) ?? grouping.kind.unknown } ?? "no address"
      sums[name, default: AddressSum()].add(tally.clients[id])
    }
    let total = Double(max(tally.requests, 1))
    let seconds = max(document.seconds, 1)
    let groups = sums.sorted { ($0.value.requests, $1.key) > ($1.value.requests, $0.key) }.prefix(options.top).map {
      $1.group(named: $0, of: total, in: seconds)
    }
    switch grouping.kind {
    case .set: document.sets = groups
    case .country: document.countries = groups
    case .network: document.networks = groups
    }
  }
}

/// What clients of one name have in all.
private struct AddressSum {
  var clients = 0
  var requests: UInt64 = 0
  var bytes: UInt64 = 0
  var first: UInt32 = .max
  var last: UInt32 = 0
  var statuses = LogsStatuses(succeeded: 0, redirected: 0, refused: 0, failed: 0, other: 0)

  mutating func add(_ counts: KeyCounts) {
    clients += 1
    requests += counts.requests
    bytes &+= counts.bytes
    first = min(first, counts.first)
    last = max(last, counts.last)
    statuses.redirected += UInt64(counts.redirected)
    statuses.refused += UInt64(counts.refused)
    statuses.failed += UInt64(counts.failed)
    statuses.other += UInt64(counts.unusual)
  }

  func group(named name: String, of total: Double, in seconds: Double) -> LogsGroup {
    var group = LogsGroup(
      name: name, requests: requests, share: Double(requests) / total, bytes: bytes,
      requestsPerSecond: Double(requests) / seconds)
    group.clients = clients
    group.first = SystemClock.text(Double(first))
    group.last = SystemClock.text(Double(last))
    var statuses = statuses
    let unusual = statuses.redirected + statuses.refused + statuses.failed + statuses.other
    statuses.succeeded = requests - min(unusual, requests)
    group.statuses = statuses
    return group
  }
}
