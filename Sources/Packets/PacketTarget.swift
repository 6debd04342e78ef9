public import Flows

/// What is asked about: the conversations of an address, a port, a process, ….
public enum PacketTarget: Hashable, Sendable {
  case prefix(Prefix)
  case endpoint(Endpoint)
  case port(UInt16)
  /// Two ends, in either order.
  case flow(Endpoint, Endpoint)
  case pid(UInt32)
  /// The name of a site (and all below it), of a process, a container or an interface.
  case word(String)

  /// Reads `10.8.1.3`, `10.0.0.0/8`, `10.8.1.3:3129`, `:3129`, `A-B` with two ends, `pid:811`, or a word; nil for text
  /// that begins like one of these and is none.
  public init?(_ text: String) {
    if text.hasPrefix("pid:") {
      guard let pid = UInt32(text.dropFirst(4)) else { return nil }
      self = .pid(pid)
    } else if text.hasPrefix(":"), let port = Port(text.dropFirst()) {
      self = .port(port.number)
    } else if let address = IPAddress(text) {
      self = .prefix(Prefix(address))
    } else if let prefix = Prefix(text) {
      self = .prefix(prefix)
    } else if let endpoint = Endpoint(text) {
      self = .endpoint(endpoint)
    } else if let flow = Self.flow(text) {
      self = flow
    } else {
      guard !text.isEmpty, !text.contains("/"), !text.hasPrefix(":") else { return nil }
      self = .word(text)
    }
  }

  private static func flow(_ text: String) -> PacketTarget? {
    for index in text.indices where text[index] == "-" {
      if let one = Endpoint(String(text[..<index])), let other = Endpoint(String(text[text.index(after: index)...])) {
        return .flow(one, other)
      }
    }
    return nil
  }

  /// Whether packets of `flow` belong to it; true if that depends on more than the flow.
  func mayMatch(_ flow: Flow) -> Bool { matches(flow) ?? true }

  /// Whether `flow` belongs to it; nil if that does not depend on the flow.
  func matches(_ flow: Flow) -> Bool? {
    switch self {
    case .prefix(let prefix): prefix.contains(flow.source.address) || prefix.contains(flow.destination.address)
    case .endpoint(let end): flow.source == end || flow.destination == end
    case .port(let port): flow.transport.hasPorts && (flow.source.port == port || flow.destination.port == port)
    case .flow(let one, let other):
      (flow.source == one && flow.destination == other) || (flow.source == other && flow.destination == one)
    case .pid, .word: nil
    }
  }
}
