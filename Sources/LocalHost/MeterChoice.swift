internal import Flows
internal import LinuxSystem
internal import Meter
internal import Netlink

/// Chooses the meter of this host.
enum MeterChoice {
  struct Started: Sendable {
    let meter: any TrafficMeter
    /// What is less exact than it could be, and why.
    let notes: [String]
    /// Whether a better meter was denied.
    var isDenied = false
    /// Why a better meter does not count; nil if none was wanted, or if it does.
    var substitute: String?
  }

  /// The forced meter; else the eBPF meter if it starts; else the fallback.
  static func start(
    _ forced: MeterKind?, namespaces: @escaping @Sendable () -> [(Place, NetworkNamespaceSockets)],
    found: @escaping @Sendable ([UInt32]) -> Void
  ) throws -> Started {
    var notes: [String] = []
    var isDenied = false
    var substitute: String?
    if forced != .sockets {
      do {
        let root = try UnifiedCgroup()
        let exact = try EBPFMeter(cgroupRoot: root.path)
        let meter: any TrafficMeter =
          root.limit.map { limit in
            PartialMeter(exact, reason: limit) {
              OutsideSockets.areThere(root, namespaces())
            } start: {
              try SocketsMeter(namespaces: namespaces, found: found)
            }
          } ?? exact
        return Started(meter: meter, notes: meter.limits)
      } catch {
        if forced == .ebpf { throw error }
        isDenied =
          (error as? MeterError)?.code == .denied || (error as? SystemError)?.errno.isDenial == true
        let reason =
          "the eBPF meter cannot start (\(error)); the fallback meter estimates from the sockets' own counters"
        substitute = reason
        notes.append(reason)
      }
    }
    let meter = try SocketsMeter(namespaces: namespaces, found: found)
    // Without it no packets are seen, and only TCP is counted.
    let isPartial = !Capabilities.effective().contains(.CAP_NET_RAW)
    return Started(meter: meter, notes: notes + meter.limits, isDenied: isDenied || isPartial, substitute: substitute)
  }
}
