public import LinuxSystem
internal import Synchronization

/// The netlink sockets of one network namespace, opened when first needed.
///
/// A netlink socket stays in the namespace in which it was opened, whatever thread uses it later. So the namespace is
/// entered once per socket, on a separate thread. It may be used from several threads: a socket in use is not shared,
/// another one is opened. A question may therefore also be asked while a dump's records arrive.
public final class NetworkNamespaceSockets: Sendable {
  enum Family: Int32, Sendable {
    case route, diagnosis, netfilter, generic

    var number: Int32 {
      switch self {
      case .route: NETLINK_ROUTE
      case .diagnosis: NETLINK_SOCK_DIAG
      case .netfilter: NETLINK_NETFILTER
      case .generic: NETLINK_GENERIC
      }
    }
  }

  private struct Idle: ~Copyable, Sendable {
    var route: NetlinkConversation?
    var diagnosis: NetlinkConversation?
    var netfilter: NetlinkConversation?
    var generic: NetlinkConversation?
  }

  private let namespace: NetworkNamespaceDescriptor?
  private let idle = Mutex(Idle())

  /// The sockets of the namespace at `path` (`/proc/PID/ns/net`, `/run/netns/NAME`); nil is the namespace of the
  /// calling threads, normally the process's own.
  public init(namespace path: String? = nil) throws(NetlinkError) {
    do throws(SystemError) {
      if let path { namespace = try NetworkNamespaceDescriptor(path: path) } else { namespace = nil }
    } catch {
      throw NetlinkError(error.operation, error.errno)
    }
  }

  /// The sockets of a namespace that is already open.
  public init(_ namespace: consuming NetworkNamespaceDescriptor) { self.namespace = consume namespace }

  /// Sends `request` on a socket of `family` and calls `body` with every message of the answer. With `erasing`, the
  /// receive buffer is overwritten afterwards.
  func ask(
    _ family: Family, _ request: NetlinkRequest, isDump: Bool = false, operation: String, erasing: Bool = false,
    _ body: (NetlinkHeader, RawSpan) throws(MalformedMessage) -> Void
  ) throws(NetlinkError) -> DumpSummary {
    var conversation: NetlinkConversation
    if let idle = takeIdle(family) {
      conversation = idle
    } else {
      conversation = NetlinkConversation(try open(family, operation: operation))
    }
    let summary = try conversation.ask(request, isDump: isDump, operation: operation, erasing: erasing, body)
    keep(conversation, for: family)
    return summary
  }

  /// A new socket of `family` in the namespace, as a member of `groups`.
  func open(
    _ family: Family, groups: [UInt32] = [], receiveBytes: Int32 = 0, operation: String
  ) throws(NetlinkError) -> NetlinkEndpoint {
    // A number is passed out of the thread, because a value with one owner can't be.
    let number = try inside(operation: operation) {
      try NetlinkEndpoint(protocol: family.number, groups: groups, receiveBytes: receiveBytes).release()
    }
    return NetlinkEndpoint(owning: Descriptor(owning: number))
  }

  /// Runs `body` inside the namespace: on a separate thread, or on this one if the namespace is the caller's.
  package func inside<Value: Sendable>(operation: String, _ body: () throws -> Value) throws(NetlinkError) -> Value {
    do {
      switch namespace {
      case .some(let namespace): return try namespace.run(body)
      case .none: return try body()
      }
    } catch {
      throw NetlinkError(operation, cause: error)
    }
  }

  private func takeIdle(_ family: Family) -> NetlinkConversation? {
    idle.withLock { idle in
      switch family {
      case .route: idle.route.take()
      case .diagnosis: idle.diagnosis.take()
      case .netfilter: idle.netfilter.take()
      case .generic: idle.generic.take()
      }
    }
  }

  private func keep(_ conversation: consuming NetlinkConversation, for family: Family) {
    var kept: NetlinkConversation? = consume conversation
    idle.withLock { idle in
      switch family {
      case .route: idle.route = kept.take()
      case .diagnosis: idle.diagnosis = kept.take()
      case .netfilter: idle.netfilter = kept.take()
      case .generic: idle.generic = kept.take()
      }
    }
  }
}
