public import Flows
internal import LinuxSystem

/// How clients' addresses are grouped, and the name of each group.
public struct LogAddressGrouping: Sendable {
  public enum Kind: Sendable {
    case set, country, network

    /// The name of the group of clients without a known group.
    var unknown: String {
      switch self {
      case .set: "no set"
      case .country: "no country known"
      case .network: "no network known"
      }
    }
  }

  public let kind: Kind
  /// The group's name; nil for an address in no group.
  public let name: @Sendable (IPAddress) -> String?

  public init(_ kind: Kind, _ name: @escaping @Sendable (IPAddress) -> String?) {
    self.kind = kind
    self.name = name
  }
}

extension LogSurvey {
  /// Adds groups of all clients, not only of the busiest ones.
  func addAddresses(to document: inout LogsDocument, _ options: LogReportOptions) {
    options.addressGrouping?.add(clients(), to: &document, top: options.top)
  }

  /// All clients that are kept, with their requests in the window.
  public func clients() -> [LogsClient] {
    (0..<tally.clients.count).compactMap { id in
      let counts = tally.clients[id]
      guard counts.requests > 0 else { return nil }
      return LogsClient(
        name: LogNames.text(tally.clients.key(id)), requests: counts.requests, bytes: counts.bytes,
        first: counts.first, last: counts.last, redirected: counts.redirected, refused: counts.refused,
        failed: counts.failed, unusual: counts.unusual)
    }
  }
}

extension LogAddressGrouping {
  /// Adds the groups of `clients` to the document, the largest `top` of them.
  public func add(_ clients: [LogsClient], to document: inout LogsDocument, top: Int) {
    var sums: [String: AddressSum] = [:]
    for client in clients {
      let address = IPAddress(client.name.split(separator: "%").first.map(String.init) ?? client.name)
      let name = address.map { self.name($0) ?? kind.unknown } ?? "no address"
      sums[name, default: AddressSum()].add(client)
    }
    let total = Double(max(document.requests, 1))
    let seconds = max(document.seconds, 1)
    let groups = sums.sorted { ($0.value.requests, $1.key) > ($1.value.requests, $0.key) }.prefix(top).map {
      $1.group(named: $0, of: total, in: seconds)
    }
    switch kind {
    case .set: document.sets = groups
    case .country: document.countries = groups
    case .network: document.networks = groups
    }
  }
}

/// The totals of a group.
private struct AddressSum {
  var clients = 0
  var requests: UInt64 = 0
  var bytes: UInt64 = 0
  var first: UInt32 = .max
  var last: UInt32 = 0
  var statuses = LogsStatuses(succeeded: 0, redirected: 0, refused: 0, failed: 0, other: 0)

  mutating func add(_ counts: LogsClient) {
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
