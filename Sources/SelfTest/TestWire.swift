internal import CTraffic
internal import Flows
internal import LinuxSystem
internal import Netlink

/// Two network namespaces without names, joined by a veth pair. They end with this value or with the process.
struct TestWire: ~Copyable {
  let near: NetworkNamespaceDescriptor
  let far: NetworkNamespaceDescriptor
  let nearID: Place
  let farID: Place

  static func lay() throws(SystemError) -> TestWire {
    // unshare --net
    let near = try NetworkNamespaceDescriptor.anonymous()
    let far = try NetworkNamespaceDescriptor.anonymous()
    var step: UnsafePointer<CChar>?
    let status = hw_lay_wire(near.number, far.number, &step)
    try checked(step.map { String(cString: $0) } ?? "join two namespaces", status)
    let (nearID, farID) = (try near.identity, try far.identity)
    return TestWire(near: near, far: far, nearID: nearID, farID: farID)
  }

  /// The sockets in both namespaces, for a meter that has to ask them.
  borrowing func sockets() throws -> [(Place, NetworkNamespaceSockets)] {
    [
      (nearID, try NetworkNamespaceSockets(namespace: near.path)),
      (farID, try NetworkNamespaceSockets(namespace: far.path)),
    ]
  }
}
