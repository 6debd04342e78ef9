internal import Documents
internal import Flows
internal import Questions

/// The listeners that a target names: a process, container, address or port, after a host's name if it is of one host only.
struct ExposureTarget {
  private let target: Target

  /// - Throws: `TargetError` if the text names nothing that can listen.
  init(_ text: String, _ inventory: Inventory) throws {
    target = try Target(text, inventory: inventory, sets: NoSets())
    switch target.plain {
    case .port, .endpoint, .pid, .processName, .container, .interface: break
    case .prefix(let prefix) where prefix.length == prefix.address.bitWidth: break
    default:
      throw TargetError(
        code: .malformed, text: text,
        advice: "exposure takes a process, pid:N, container, interface, address, address:port or :port")
    }
  }

  /// Whether it names the port, or a program whose ports are all meant.
  func names(_ port: UInt16) -> Bool {
    switch target.plain {
    case .port(let named): named == port
    case .endpoint(let endpoint): endpoint.port == port
    case .pid, .processName: true
    default: false
    }
  }

  func matches(_ listener: ExposedListener) -> Bool {
    if case .on(let host, _, _) = target, listener.place.host != host { return false }
    let bound = listener.endpoint
    switch target.plain {
    case .port(let port): return bound.port == port
    case .endpoint(let endpoint): return endpoint.port == bound.port && serves(listener, endpoint.address)
    case .prefix(let prefix): return serves(listener, prefix.address)
    case .pid(let pid): return listener.owner.process?.pid == pid
    case .processName(let name): return listener.owner.process?.name == name
    case .container(let container): return listener.owner.container?.id == container.id
    case .interface(let name, let place):
      return listener.place == place
        && (listener.interface == name || listener.paths.contains { $0.from.interface == name })
    default: return false
    }
  }

  private func serves(_ listener: ExposedListener, _ address: IPAddress) -> Bool {
    listener.endpoint.address == address
      || listener.paths.contains { $0.destination.address == address || $0.publicAddress == address }
  }

  /// No word is a set of addresses here.
  private struct NoSets: NamedSets {
    var names: [String] { [] }
    func prefixes(named name: String) -> [Prefix]? { nil }
    func name(of address: IPAddress) -> String? { nil }
  }
}
