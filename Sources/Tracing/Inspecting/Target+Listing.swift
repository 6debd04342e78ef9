internal import Flows
public import Questions

extension Target {
  /// Whether it is an owner of sockets, so that a socket without a known owner may be one of its own.
  var isOwner: Bool {
    switch plain {
    case .pid, .processName, .container: true
    default: false
    }
  }

  /// Whether it is this owner.
  func isOwner(_ owner: Owner) -> Bool {
    switch plain {
    // The numbers of other pid namespaces are other processes' here.
    case .pid(let pid): owner.process?.pid == pid && owner.process?.outside != true
    case .processName(let name): owner.process?.name == name
    case .container(let container): owner.container?.id == container.id
    default: false
    }
  }

  /// Whether it is a process that holds a socket, perhaps with others.
  func isHolder(_ holder: Process.Ancestor) -> Bool {
    switch plain {
    case .pid(let pid): holder.pid == pid
    case .processName(let name): holder.name == name
    default: false
    }
  }

  /// Whether an event at a socket may be the target's. Of a target that only its processes or places tell, the question for
  /// events has them.
  public func mayConcern(_ event: HostEvent) -> Bool {
    let ends = [event.local] + (event.remote.map { [$0] } ?? [])
    // Of a socket that is bound to no address, any may be meant.
    func isEnd(_ endpoint: Endpoint) -> Bool {
      ends.contains(endpoint) || (event.local.address.isUnspecified && event.local.port == endpoint.port)
    }
    switch plain {
    case .endpoint(let endpoint): return isEnd(endpoint)
    case .flow(let first, let second):
      return isEnd(first) && (event.remote == nil || isEnd(second)) || isEnd(second) && event.remote == nil
    case .prefix(let prefix): return ends.contains { prefix.contains($0.address) && !$0.address.isUnspecified }
    case .set(_, let prefixes):
      return event.remote.map { remote in prefixes.contains { $0.contains(remote.address) } } ?? false
    case .processName(let name): return event.name == name
    case .busiest, .interface, .port, .pid, .container, .name, .on: return true
    }
  }

  /// Whether a socket belongs to the target.
  func matches(_ listing: SocketListing) -> Bool {
    let ends = [listing.local, listing.remote]
    switch self {
    case .busiest: return true
    // No listing tells by which interface a socket's packets go; what was measured does.
    case .interface, .name: return false
    case .prefix(let prefix): return ends.contains { prefix.contains($0.address) && !$0.address.isUnspecified }
    case .set(_, let prefixes): return prefixes.contains { $0.contains(listing.remote.address) }
    case .endpoint(let endpoint):
      return ends.contains(endpoint) || (listing.local.address.isUnspecified && listing.local.port == endpoint.port)
    case .port(let port): return listing.transport.hasPorts && ends.contains { $0.port == port }
    case .flow(let first, let second): return ends == [first, second] || ends == [second, first]
    case .pid, .processName, .container: return isOwner(listing.owner)
    case .on(let host, _, let target): return listing.namespace.host == host && target.matches(listing)
    }
  }
}
