package import Flows

/// A text that a person typed in order to see only some rows.
package struct TopFilter: Hashable, Sendable {
  private let wanted: [UInt8]
  /// Whether it could be part of an address or a port.
  private let mayBeAddress: Bool

  package init(_ text: String) {
    wanted = Array(text.lowercased().utf8)
    mayBeAddress = text.utf8.allSatisfy {
      (48...58).contains($0) || (97...102).contains($0) || (65...70).contains($0) || $0 == UInt8(ascii: ".")
        || $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "]")
    }
  }

  package var isEmpty: Bool { wanted.isEmpty }

  package func matches(_ text: String) -> Bool {
    if wanted.isEmpty { return true }
    let bytes = Array(text.lowercased().utf8)
    guard bytes.count >= wanted.count else { return false }
    return (0...bytes.count - wanted.count).contains { bytes[$0...].starts(with: wanted) }
  }

  package func matches(_ row: TopRow) -> Bool {
    matches(row.title) || row.host.map(matches) == true || matches(row.detail) || row.container.map(matches) == true
      || row.user.map(matches) == true
      || row.pid.map { matches(String($0)) } == true
  }

  /// Whether the flow's addresses, ports or the remote's name contain the text.
  package func matches(_ item: FlowTraffic, hosts: (any NameSource)?) -> Bool {
    if mayBeAddress, matches("\(item.flow.source)") || matches("\(item.flow.destination)") { return true }
    guard let hosts, let remote = item.remote, let name = hosts.name(of: remote) else { return false }
    return matches(name)
  }
}
