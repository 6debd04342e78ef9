internal import Flows
internal import Questions

/// Recordings of hosts, each host once: two recordings of one host would count its traffic twice.
struct RepeatedHosts {
  /// Of each host the latest recording.
  private(set) var kept: [BundleVantage] = []
  /// What was left out, and hosts that have one name.
  private(set) var notes: [Note] = []

  /// What tells a host from others: its own addresses. Only a host without any is known by its name. Containers of two
  /// engines may have equal ones; see `isSame`.
  private struct Identity: Hashable {
    let addresses: Set<IPAddress>
    let hardware: Set<String>
    let name: String?

    /// Nil for a host that is known from pasted outputs: people paste the outputs of one host in several files.
    init?(_ host: BundleVantage) {
      guard host.recordedInterval != nil, let own = host.recordedInventory?.namespaces.first(where: \.isHost) else {
        return nil
      }
      addresses = Set(own.interfaces.flatMap(\.addresses).map(\.address).filter { !$0.isLoopback })
      hardware = Set(own.interfaces.compactMap(\.hardwareAddress)).subtracting(["00:00:00:00:00:00"])
      name = addresses.isEmpty && hardware.isEmpty ? host.host : nil
    }
  }

  init(_ hosts: [BundleVantage]) {
    var places: [Identity: [Int]] = [:]
    for host in hosts {
      guard let identity = Identity(host) else {
        kept.append(host)
        continue
      }
      guard let place = places[identity]?.first(where: { Self.isSame(kept[$0], host) }) else {
        places[identity, default: []].append(kept.count)
        kept.append(host)
        continue
      }
      let (earlier, later) = Self.began(kept[place]) < Self.began(host) ? (kept[place], host) : (host, kept[place])
      kept[place] = later
      notes.append(Note(.partial, Self.note(earlier, later)))
    }
    for (name, count) in Dictionary(grouping: kept.filter { Identity($0) != nil }, by: \.host).mapValues(\.count)
      .sorted(by: { $0.key < $1.key }) where count > 1
    {
      notes.append(Note(.partial, "\(count) different hosts are called \(name): their names don't tell them apart"))
    }
  }

  /// Whether two recordings with equal addresses are of one host: it has one name, or one network namespace.
  private static func isSame(_ one: BundleVantage, _ other: BundleVantage) -> Bool {
    let namespaces = [one, other].map { host in
      host.recordedInventory?.namespaces.first(where: \.isHost)?.id.namespace
    }
    return one.host == other.host || namespaces[0] == namespaces[1]
  }

  private static func began(_ host: BundleVantage) -> String { host.recordedInterval?.started ?? "" }

  private static func note(_ earlier: BundleVantage, _ later: BundleVantage) -> String {
    let names =
      earlier.host == later.host ? "both are of \(later.host)" : "\(earlier.host) and \(later.host) are one host"
    guard began(earlier) != began(later) else { return "recorded twice: \(names); its traffic is counted once" }
    return "recorded at \(began(earlier)) and at \(began(later)): \(names); only the later recording is used"
      + " (give the other alone to read it)"
  }
}
