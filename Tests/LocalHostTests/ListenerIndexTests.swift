import Flows
import Testing

@testable import LocalHost
@testable import Meter

/// Who began a connection in a network namespace that may not be entered: nobody can ask what is listened on there.
@Suite struct ListenerIndexTests {
  private func row(
    _ local: String, _ remote: String, began: Bool? = nil,
    _ traffic: Traffic = Traffic(
      bytesIn: 5000, bytesOut: 900, packetsIn: 9, packetsOut: 9)
  ) throws -> (SocketTraffic, Flow) {
    let ends = (try #require(Endpoint(local)), try #require(Endpoint(remote)))
    let row = SocketTraffic(
      cookie: 1, namespace: Place(namespace: 4711), transport: .tcp, local: ends.0, remote: ends.1, role: .peer,
      holder: .unknown(reason: "it may not be read"), traffic: traffic, surplus: Traffic(), inInterface: 0,
      outInterface: 0, closed: false, isSeeded: true, began: began)
    return (row, Flow(.tcp, from: ends.0, to: ends.1))
  }

  private func role(
    _ local: String, _ remote: String, began: Bool? = nil
  ) throws -> (FlowTraffic.Role, isInferred: Bool) {
    let (row, flow) = try row(local, remote, began: began)
    var index = ListenerIndex([row])
    // No namespace was found, so none can be asked.
    return index.role(of: row, flow, LocalNamespaces())
  }

  @Test(arguments: [("10.9.0.2:", "198.51.100.9:"), ("[fd00:9::2]:", "[2001:db8::9]:")])
  func `a service on a high port is not taken for the one that began`(_ own: String, _ other: String) throws {
    // Both ports are those that a kernel assigns: nothing says which end listens.
    for (near, far) in [("40000", "50000"), ("50000", "40000"), ("32768", "61000"), ("61000", "32768")] {
      let found = try role(own + near, other + far)
      #expect(found.0 == .peer && found.isInferred, "\(near) \(far): \(found)")
    }
    // What the kernel saw of the first packet is no guess.
    #expect(try role(own + "40000", other + "50000", began: false) == (.responder, false))
    #expect(try role(own + "40000", other + "50000", began: true) == (.initiator, false))
    // A low port is a hint, and said to be one.
    #expect(try role(own + "443", other + "50000") == (.responder, true))
    #expect(try role(own + "50000", other + "443") == (.initiator, true))
    #expect(try role(own + "443", other + "22").0 == .peer)
  }
}
