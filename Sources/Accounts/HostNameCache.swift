public import Flows
internal import LinuxSystem
internal import Synchronization

/// A cache of remote hosts' names. New names are looked up on another thread, so that drawing never waits.
public final class HostNameCache: NameSource {
  private struct Content {
    /// Nil means that the address has no name.
    var names: [IPAddress: String?] = [:]
    var wanted: [IPAddress] = []
    var isClosed = false
  }

  /// How many names are kept, and how many may wait to be looked up.
  private static let mostNames = 50_000
  private static let mostWanted = 1000

  private let content = Mutex(Content())
  private let asked: WakePipe

  /// - Throws: `SystemError` if there are too many open files.
  public init() throws { asked = try WakePipe() }

  public func name(of address: IPAddress) -> String? {
    let (name, isNew) = content.withLock { content -> (String?, Bool) in
      if let known = content.names[address] { return (known, false) }
      guard content.wanted.count < Self.mostWanted else { return (nil, false) }
      if content.names.count >= Self.mostNames { content.names = [:] }
      // It has no name until it is known, so it is looked up only once.
      content.names[address] = .some(nil)
      content.wanted.append(address)
      return (nil, true)
    }
    if isNew { asked.wake() }
    return name
  }

  /// Looks up the wanted names with `lookup`, which may block, until `close` is called. Run it on a separate thread.
  public func fill(_ lookup: (IPAddress) -> String?) throws {
    while true {
      let (next, isClosed) = content.withLock { ($0.wanted.popLast(), $0.isClosed) }
      if isClosed { return }
      if let next {
        let name = lookup(next)
        content.withLock { $0.names[next] = .some(name) }
      } else {
        _ = try asked.wait(.seconds(60))
        asked.drain()
      }
    }
  }

  /// Ends `fill` once a running lookup returns.
  public func close() {
    content.withLock { $0.isClosed = true }
    asked.wake()
  }
}
