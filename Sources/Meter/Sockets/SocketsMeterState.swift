internal import Flows
internal import LinuxSystem
internal import Netlink

/// What the fallback meter keeps between polls.
struct SocketsMeterState {
  /// Polling takes at most this part of the time.
  private static let share = 0.05
  /// Seconds between polls: often enough to see most short connections alive, as far as `share` allows.
  private static let pollInterval = 0.02...1.0
  /// Seconds that a namespace is still listened to after its last process ended, for what its sockets say at the end.
  private static let farewell = 1.0

  private let namespaces: () -> [(NamespaceID, NetworkNamespaceSockets)]
  private var watched: [NamespaceID: WatchedNamespace] = [:]
  /// Rows of namespaces that are gone.
  private var left: [SocketTraffic] = []
  private var notes: Set<String> = []
  private var lastReading = MonotonicClock.seconds
  /// When to poll next, on the monotonic clock.
  private(set) var nextPoll = 0.0

  init(_ namespaces: @escaping () -> [(NamespaceID, NetworkNamespaceSockets)]) throws(MeterError) {
    self.namespaces = namespaces
    var failure: NetlinkError?
    for (id, sockets) in namespaces() where watched[id] == nil {
      let namespace = WatchedNamespace(id, sockets)
      do throws(NetlinkError) {
        try namespace.start()
        watched[id] = namespace
      } catch {
        failure = error
        notes.insert("namespace \(id.rawValue) is not counted: \(error)")
      }
    }
    if watched.isEmpty {
      throw MeterError(
        failure?.code == .denied ? .denied : failure?.code == .unsupported ? .unsupported : .failed,
        "read the sockets' counters", cause: failure?.description ?? "no network namespace can be asked")
    }
  }

  var limits: [String] {
    var limits = [
      "network-layer bytes of TCP are an estimate: payload and retransmits, plus one header for each segment"
    ]
    let causes = Set(watched.values.compactMap { $0.deafness?.description })
    for cause in causes.sorted() {
      limits.append("connections that close between two polls are lost: \(cause)")
    }
    return limits
  }

  var descriptors: [Int32] { watched.values.flatMap(\.descriptors) }

  /// Takes what the kernel has queued before it overruns.
  func drain() { for namespace in watched.values { namespace.drain() } }

  mutating func poll() {
    let start = MonotonicClock.seconds
    refresh(at: start)
    for namespace in watched.values {
      do throws(NetlinkError) { try namespace.poll() } catch {
        if namespace.leftAt == nil { notes.insert("namespace \(namespace.id.rawValue) is not complete: \(error)") }
      }
    }
    let end = MonotonicClock.seconds
    let pause = (end - start) / Self.share
    nextPoll = end + min(max(pause, Self.pollInterval.lowerBound), Self.pollInterval.upperBound)
  }

  mutating func read() -> MeterReading {
    drain()
    poll()
    drain()
    var reading = MeterReading()
    let now = MonotonicClock.seconds
    reading.seconds = now - lastReading
    lastReading = now
    reading.sockets = left
    left.removeAll()
    for namespace in watched.values {
      reading.sockets += namespace.take()
      let overruns = namespace.takeOverruns()
      if overruns > 0 {
        notes.insert(
          "namespace \(namespace.id.rawValue): the kernel could not queue all closing sockets, \(overruns) times")
      }
    }
    reading.notes = notes.sorted()
    notes.removeAll()
    return reading
  }

  /// Joins new namespaces and leaves those that are gone.
  private mutating func refresh(at now: Double) {
    var present: Set<NamespaceID> = []
    for (id, sockets) in namespaces() {
      present.insert(id)
      guard watched[id] == nil else { continue }
      // It was not there at the start, so none of its counters began before it.
      let namespace = WatchedNamespace(id, sockets, isNew: true)
      do throws(NetlinkError) {
        try namespace.start()
        watched[id] = namespace
      } catch {
        notes.insert("namespace \(id.rawValue) is not counted: \(error)")
      }
    }
    for (id, namespace) in watched {
      if present.contains(id) {
        namespace.leftAt = nil
      } else if let leftAt = namespace.leftAt {
        guard now - leftAt > Self.farewell else { continue }
        namespace.drain()
        left += namespace.take()
        watched[id] = nil
      } else {
        namespace.leftAt = now
      }
    }
  }
}
