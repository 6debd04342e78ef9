internal import Flows
internal import Questions

/// VPNs' own flows. Their bytes are those of the flows inside them, counted a second time.
struct TunnelCarriers {
  /// The processes that hold tunnel devices with traffic.
  private var processes: Set<ProcessID> = []
  /// Hosts with traffic through the kernel's own tunnels (WireGuard, VXLAN, …).
  private var kernels: Set<Int> = []
  private let devices: [InterfacePlace: Holder]

  private enum Holder { case process(ProcessID), kernel }

  init(_ rows: [FlowTraffic], _ inventory: Inventory) {
    var devices: [InterfacePlace: Holder] = [:]
    for place in inventory.namespaces {
      for interface in place.interfaces {
        let device = InterfacePlace(interface.name, in: place.id)
        if interface.kind == .tun, interface.deviceOwner?.machine == nil,
          let process = interface.deviceOwner?.process
        {
          devices[device] = .process(process.id(onHostOf: place.id))
        } else if interface.kind?.isKernelTunnel == true {
          devices[device] = .kernel
        }
      }
    }
    self.devices = devices
    guard !devices.isEmpty else { return }
    for row in rows where row.traffic.bytes > 0 {
      for holder in holders(row) {
        switch holder {
        case .process(let process): processes.insert(process)
        case .kernel: kernels.insert(row.namespace.host)
        }
      }
    }
  }

  private func holders(_ row: FlowTraffic) -> [Holder] {
    [row.interface, row.outInterface].compactMap { name in
      name.flatMap { devices[InterfacePlace($0, in: row.namespace)] }
    }
  }

  /// Whether `row` is the socket of a VPN that carried something in this interval.
  func isCarrier(_ row: FlowTraffic) -> Bool {
    guard row.role != .forwarded, holders(row).isEmpty else { return false }
    if let process = row.owner.process, processes.contains(process.id(onHostOf: row.namespace)) {
      return row.flow.transport == .udp || row.flow.transport == .tcp
    }
    let isOrdinary = [.tcp, .icmp, .icmp6, .igmp].contains(row.flow.transport)
    return row.owner.isKernel == true && kernels.contains(row.namespace.host) && !isOrdinary
  }
}
