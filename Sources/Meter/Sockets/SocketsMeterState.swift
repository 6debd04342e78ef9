internal import Flows
internal import LinuxSystem
internal import Netlink

/// What the fallback meter keeps between polls.
struct SocketsMeterState {
  /// The share of the time that polling may use.
  private static let share = 0.2
  /// Seconds between polls: short enough to see most short connections alive, as far as `share` allows.
  private static let pollInterval = 0.02...1.0
  /// For how many seconds a namespace is still watched after its last process ended, for the last notifications of its
  /// sockets.
  private static let farewell = 1.0

  private let namespaces: () -> [(Place, NetworkNamespaceSockets)]
  private let found: ([UInt32]) -> Void
  private var watched: [Place: WatchedNamespace] = [:]
  /// What is counted already: rows of namespaces that are gone, and notes.
  private var reading = MeterReading()
  private var lastReading = MonotonicClock.seconds
  /// The time of the next poll on the monotonic clock.
  private(set) var nextPoll = 0.0

  init(
    _ namespaces: @escaping () -> [(Place, NetworkNamespaceSockets)], found: @escaping ([UInt32]) -> Void
  ) throws(MeterError) {
    self.namespaces = namespaces
    self.found = found
    var failure: NetlinkError?
    for (id, sockets) in namespaces() where watched[id] == nil {
      let namespace = WatchedNamespace(id, sockets)
      do throws(NetlinkError) {
        try namespace.start(kibibytes: ringSize)
        watched[id] = namespace
      } catch {
        failure = error
        note("namespace \(id.namespace) is not counted: \(error)")
      }
    }
    if watched.isEmpty {
      throw MeterError(
        failure?.code == .denied ? .denied : failure?.code == .unsupported ? .unsupported : .failed,
        "read the sockets' counters", cause: failure?.description ?? "no network namespace could be read")
    }
  }

  var limits: [String] {
    var limits = [
      "network-layer bytes of TCP are an estimate: payload and retransmits, plus one header for each segment"
    ]
    for cause in causes(\.deafness, needing: .CAP_NET_ADMIN) {
      limits.append("connections that close between two polls are lost: \(cause)")
    }
    let causes = causes(\.blindness, needing: .CAP_NET_RAW)
    for cause in causes {
      limits.append("only TCP of this host's own sockets is counted, no UDP, no ICMP, no forwarded flows: \(cause)")
    }
    if causes.isEmpty {
      limits += [
        "packets that the kernel merged or splits later count as one, with one header",
        "packet-socket traffic and sockets that closed between two polls can't be attributed",
      ]
    }
    return limits
  }

  private func causes(_ lack: (WatchedNamespace) -> NetlinkError?, needing right: Capabilities) -> [String] {
    let lacking = right.subtracting(.effective())
    let causes = watched.values.compactMap(lack).map { error in
      error.code == .denied && !lacking.isEmpty ? "\(lacking) is missing" : "\(error)"
    }
    return Set(causes).sorted()
  }

  var descriptors: [Int32] { watched.values.flatMap(\.descriptors) }

  /// Reads the kernel's queues before they overrun.
  func drain() { for namespace in watched.values { namespace.drain() } }

  mutating func poll() {
    let start = MonotonicClock.ownWork
    refresh(at: MonotonicClock.seconds)
    for namespace in watched.values {
      do throws(NetlinkError) { try namespace.poll() } catch {
        if namespace.leftAt == nil { note("namespace \(namespace.id.namespace) is not complete: \(error)") }
      }
    }
    let fresh = watched.values.flatMap { $0.takeFresh() }
    let cost = MonotonicClock.ownWork - start
    // Also called with none, because a lookup that failed before may succeed now.
    found(fresh)
    let pause = cost / Self.share
    nextPoll = MonotonicClock.seconds + min(max(pause, Self.pollInterval.lowerBound), Self.pollInterval.upperBound)
  }

  mutating func read() -> MeterReading {
    drain()
    poll()
    drain()
    let now = MonotonicClock.seconds
    reading.seconds = now - lastReading
    lastReading = now
    for namespace in watched.values { namespace.take(into: &reading) }
    reading.countsSegments = true
    defer { reading = MeterReading() }
    return reading
  }

  /// The size in kibibytes of the packet buffer for one more namespace; smaller if there are many.
  private var ringSize: Int { watched.count < 8 ? 4096 : watched.count < 64 ? 1024 : 256 }

  private mutating func note(_ text: String) { if !reading.notes.contains(text) { reading.notes.append(text) } }

  /// Adds new namespaces and removes those that are gone.
  private mutating func refresh(at now: Double) {
    var present: Set<Place> = []
    for (id, sockets) in namespaces() {
      present.insert(id)
      guard watched[id] == nil else { continue }
      // It did not exist at the start, so none of its counters began before.
      let namespace = WatchedNamespace(id, sockets, isNew: true)
      do throws(NetlinkError) {
        try namespace.start(kibibytes: ringSize)
        watched[id] = namespace
      } catch {
        note("namespace \(id.namespace) is not counted: \(error)")
      }
    }
    for (id, namespace) in watched {
      if present.contains(id) {
        namespace.leftAt = nil
      } else if let leftAt = namespace.leftAt {
        guard now - leftAt > Self.farewell else { continue }
        namespace.drain()
        namespace.take(into: &reading)
        watched[id] = nil
      } else {
        namespace.leftAt = now
      }
    }
  }
}
