import Documents
import Flows
import Foundation
import Lab
import Testing

/// Who fills an interface where a packet has no plain way from a socket to it: bridged, wrapped, dropped, or from a namespace
/// that is gone by now.
@Suite(.requires(Requirement.host + [.program("tc"), .built("headwater")]), .serialized)
struct MeterScenesTests {
  /// A host and one outside, on one wire.
  private final class Lab {
    let host: TestHost
    let outside: TestHost
    private var others: [TestHost] = []

    init(plugged: Bool = true) throws {
      host = try TestHost("host")
      outside = try TestHost("outside")
      try Wire(
        plugged ? host.plug("eth0", "198.51.100.1/24", "fd00:51::1/64") : host.plug("eth0"),
        outside.plug("eth0", "198.51.100.9/24", "fd00:51::9/64"))
    }

    func add(_ name: String) throws -> TestHost {
      let other = try TestHost(name)
      others.append(other)
      return other
    }

    func stop() { ([host, outside] + others).forEach { $0.stop() } }
  }

  private func far(_ family: IPFamily) -> String { family == .v4 ? "198.51.100.9" : "fd00:51::9" }

  @Test(arguments: IPFamily.allCases)
  func `a guest on a bridge is named by its port, and the interface is explained`(_ family: IPFamily) throws {
    let lab = try Lab(plugged: false)
    defer { lab.stop() }
    let guest = try lab.add("guest")
    try Wire(lab.host.plug("port0"), guest.plug("eth0", "198.51.100.60/24", "fd00:51::60/64"))
    try lab.host.bridge("br0", ["eth0", "port0"], "198.51.100.1/24", "fd00:51::1/64")
    let sink = try Traffic.serve(on: lab.outside, port: 443, address: family.any)
    try Traffic.awaitEcho(of: far(family), from: guest)
    let trace = try Headwater(machine: lab.host).start("trace", "eth0", "--json", "--for", Headwater.untilEnded)
    try Traffic.send(.bulk(bytes: 5_000_000), from: guest, to: far(family), port: 443)
    try sink.awaitArrival(of: 5_000_000)
    let document = try trace.end().document()
    _ = try sink.stop()
    let chain = try #require(document.chains.first, "\(document.coverage)")
    // The uplink is a port of the bridge, too: here it is one end of a veth pair.
    let end = Array(chain.hops.suffix(2))
    #expect(chain.hops.dropLast().allSatisfy { $0.kind == .link } && end.last?.kind == .external, "\(chain.hops)")
    #expect(end.first?.link?.interface == "port0" && end.first?.link?.bridge == "br0")
    #expect(chain.source.name == (family == .v4 ? "198.51.100.60" : "fd00:51::60"))
    #expect(chain.bytes > 5_000_000 && Double(document.coverage.explained) > 0.97 * Double(document.coverage.bytes))
  }

  @Test(arguments: IPFamily.allCases)
  func `every interface on the way of a guest behind two bridges leads to it`(_ family: IPFamily) throws {
    let lab = try Lab(plugged: false)
    defer { lab.stop() }
    let guest = try lab.add("guest")
    try Wire(lab.host.plug("port0"), guest.plug("eth0", "198.51.100.60/24", "fd00:51::60/64"))
    try lab.host.output(of: [
      "sh", "-ec", "ip link add inner type veth peer name outer; ip link set inner up; ip link set outer up",
    ])
    try lab.host.bridge("br1", ["port0", "inner"])
    try lab.host.bridge("br0", ["outer", "eth0"])
    let sink = try Traffic.serve(on: lab.outside, port: 443, address: family.any)
    try Traffic.awaitEcho(of: far(family), from: guest)
    let traces = try ["port0", "inner", "outer", "eth0"].map {
      try Headwater(machine: lab.host).start("trace", $0, "--json", "--for", Headwater.untilEnded)
    }
    try Traffic.send(.bulk(bytes: 3_000_000), from: guest, to: far(family), port: 443)
    try sink.awaitArrival(of: 3_000_000)
    for trace in traces {
      let document = try trace.end().document()
      let chain = try #require(document.chains.first, "\(document.target): \(document.coverage)")
      #expect(chain.source.name == (family == .v4 ? "198.51.100.60" : "fd00:51::60"), "\(document.target)")
      #expect(chain.bytes > 3_000_000 && chain.bytes < 3_400_000, "\(document.target): \(chain.bytes)")
      #expect(Double(document.coverage.explained) > 0.97 * Double(document.coverage.bytes), "\(document.coverage)")
    }
    _ = try sink.stop()
  }

  @Test func `what a shaper drops is no traffic`() throws {
    let lab = try Lab()
    defer { lab.stop() }
    let sink = try Traffic.serve(on: lab.outside, port: 514, udp: true, address: "0.0.0.0")
    try Traffic.send(.ping(count: 1, size: 8), from: lab.host, to: far(.v4))
    try lab.host.output(of: [
      "tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", "4mbit", "burst", "16kb", "limit", "30kb",
    ])
    let top = try Headwater(machine: lab.host)
      .start("top", "--json", "--for", Headwater.untilEnded, "--interval", Headwater.untilEnded)
    try Traffic.send(.udp(count: 4000, size: 1200, rate: 4000), from: lab.host, to: far(.v4), port: 514)
    let interval = try #require(try top.end().intervals().first)
    _ = try sink.stop()
    let row = try #require(interval.flows.first { $0.flow.destination.port == 514 })
    let entry = try #require(interval.ledger.first { $0.interface == "eth0" && $0.namespaceName == "host" })
    let unsent = try #require(row.unsent)
    #expect(unsent.bytesOut > row.traffic.bytesOut && row.traffic.packetsOut + unsent.packetsOut == 4000)
    // The interface's own count is the truth; counters are read a moment apart.
    #expect(abs(Double(row.traffic.bytesOut) / Double(entry.total.bytesOut) - 1) < 0.05, "\(row) \(entry)")
  }

  @Test(arguments: IPFamily.allCases)
  func `what a shaper drops of what passes is no traffic, and the interface is explained`(_ family: IPFamily) throws {
    let lab = try Lab()
    defer { lab.stop() }
    let guest = try lab.add("guest")
    try Wire(lab.host.plug("lan", "10.1.0.1/24", "fd01::1/64"), guest.plug("eth0", "10.1.0.7/24", "fd01::7/64"))
    try lab.host.forward()
    for gateway in ["10.1.0.1", "fd01::1"] { try guest.route("default", via: gateway) }
    try lab.outside.route("10.1.0.0/24", via: "198.51.100.1")
    try lab.outside.route("fd01::/64", via: "fd00:51::1")
    let sink = try Traffic.serve(on: lab.outside, port: 514, udp: true, address: family.any)
    try Traffic.awaitEcho(of: far(family), from: guest)
    try lab.host.output(of: [
      "tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", "4mbit", "burst", "16kb", "limit", "30kb",
    ])
    let top = try Headwater(machine: lab.host)
      .start("top", "--json", "--for", Headwater.untilEnded, "--interval", Headwater.untilEnded)
    try Traffic.send(.udp(count: 4000, size: 1200, rate: 4000), from: guest, to: far(family), port: 514)
    let interval = try #require(try top.end().intervals().first)
    _ = try sink.stop()
    let row = try #require(interval.flows.first { $0.role == .forwarded && $0.flow.destination.port == 514 })
    let entry = try #require(interval.ledger.first { $0.interface == "eth0" && $0.namespaceName == "host" })
    let unsent = try #require(row.unsent)
    #expect(unsent.bytesOut > row.traffic.bytesOut && row.traffic.packetsOut + unsent.packetsOut == 4000)
    #expect(abs(Double(row.traffic.bytesOut) / Double(entry.total.bytesOut) - 1) < 0.05, "\(row) \(entry)")
    // What came in for nothing is the other interface's, with the reason.
    let lan = try #require(interval.ledger.first { $0.interface == "lan" && $0.namespaceName == "host" })
    #expect(lan.excess == nil && lan.reasons.contains { $0.contains("queue is full") }, "\(lan)")
  }

  @Test func `what macvlans of one interface send to each other does not fill it`() throws {
    let lab = try Lab()
    defer { lab.stop() }
    try lab.host.output(of: [
      "sh", "-ec",
      """
      for i in 1 2; do
        ip netns add guest$i; ip link add mv$i link eth0 type macvlan mode bridge; ip link set mv$i netns guest$i
        ip -n guest$i address add 198.51.100.5$i/24 dev mv$i; ip -n guest$i link set mv$i up
      done
      """,
    ])
    let server =
      "import socket; made = socket.create_server(('', 443)); print('ready', flush=True)\n"
      + "while True:\n  peer = made.accept()[0]\n  while peer.recv(1 << 16): pass\n  peer.close()"
    let near = try lab.host.start(["ip", "netns", "exec", "guest2", "python3", "-c", server])
    let distant = try lab.outside.start(["python3", "-c", server])
    for process in [near, distant] { try process.waitFor("ready") }
    let trace = try Headwater(machine: lab.host).start("trace", "eth0", "--json", "--for", Headwater.untilEnded)
    try lab.host.output(of: [
      "ip", "netns", "exec", "guest1", "python3", "-c",
      """
      import socket
      for address, size in (('198.51.100.52', 5_000_000), ('198.51.100.9', 1_000_000)):
          made = socket.create_connection((address, 443), 10); made.sendall(bytes(size)); made.shutdown(1); made.recv(1)
      """,
    ])
    let document = try trace.end().document()
    [near, distant].forEach { $0.stop() }
    #expect(document.coverage.bytes > 1_000_000 && document.coverage.bytes < 1_500_000, "\(document.coverage)")
    #expect(document.chains.allSatisfy { $0.bytes < 1_500_000 })
    #expect(Double(document.coverage.explained) > 0.97 * Double(document.coverage.bytes), "\(document.coverage)")
    #expect(!document.coverage.reasons.contains { $0.contains("does not add up") }, "\(document.coverage)")
  }

  @Test(arguments: IPFamily.allCases)
  func `what a VXLAN device sends fills the interface below it`(_ family: IPFamily) throws {
    let lab = try Lab()
    defer { lab.stop() }
    for (host, other, own) in [
      (lab.host, far(family), "1"), (lab.outside, family == .v4 ? "198.51.100.1" : "fd00:51::1", "2"),
    ] {
      try host.output(of: [
        "ip", "link", "add", "vx0", "type", "vxlan", "id", "7", "remote", other, "dstport", "4789", "dev", "eth0",
      ])
      try host.output(of: ["ip", "address", "add", "10.9.0.\(own)/24", "dev", "vx0"])
      try host.output(of: ["ip", "link", "set", "vx0", "up"])
    }
    let sink = try Traffic.serve(on: lab.outside, port: 443, address: "0.0.0.0")
    try Traffic.awaitEcho(of: "10.9.0.2", from: lab.host)
    let trace = try Headwater(machine: lab.host).start("trace", "eth0", "--json", "--for", Headwater.untilEnded)
    try Traffic.send(.bulk(bytes: 5_000_000), from: lab.host, to: "10.9.0.2", port: 443)
    try sink.awaitArrival(of: 5_000_000)
    let document = try trace.end().document()
    _ = try sink.stop()
    let chain = try #require(document.chains.first, "\(document.coverage)")
    #expect(chain.source.kind == .process && chain.destination.endpoint?.port == 443 && chain.bytes > 5_000_000)
    #expect(Double(document.coverage.explained) > 0.97 * Double(document.coverage.bytes), "\(document.coverage)")
  }

  @Test(arguments: IPFamily.allCases)
  func `a macvlan's namespace fills the interface that it stands on`(_ family: IPFamily) throws {
    let lab = try Lab()
    defer { lab.stop() }
    try lab.host.output(of: [
      "sh", "-ec",
      """
      ip netns add guest; ip link add mv0 link eth0 type macvlan mode bridge; ip link set mv0 netns guest
      ip -n guest address add 198.51.100.50/24 dev mv0; ip -n guest address add fd00:51::50/64 dev mv0 nodad
      ip -n guest link set mv0 up
      """,
    ])
    let sink = try Traffic.serve(on: lab.outside, port: 443, address: family.any)
    let trace = try Headwater(machine: lab.host).start("trace", "eth0", "--json", "--for", Headwater.untilEnded)
    let address = family == .v4 ? "AF_INET" : "AF_INET6"
    try lab.host.output(of: [
      "ip", "netns", "exec", "guest", "python3", "-c",
      """
      import socket, time
      end = time.time() + 10
      while True:
          made = socket.socket(socket.\(address))
          try: made.connect(('\(far(family))', 443)); break
          except OSError:
              if time.time() > end: raise
              time.sleep(0.05)
      made.sendall(bytes(3_000_000)); made.close()
      """,
    ])
    try sink.awaitArrival(of: 3_000_000)
    let document = try trace.end().document()
    _ = try sink.stop()
    let chain = try #require(document.chains.first, "\(document.coverage)")
    #expect(chain.source.kind == .process && chain.hops.contains { $0.namespace == "netns guest" })
    #expect(Double(document.coverage.explained) > 0.97 * Double(document.coverage.bytes), "\(document.coverage)")
  }

  @Test(arguments: IPFamily.allCases)
  func `a namespace that came and went within the window is counted once, with its process`(_ family: IPFamily) throws {
    let lab = try Lab()
    defer { lab.stop() }
    try lab.host.forward()
    try lab.outside.route("10.80.0.0/16", via: "198.51.100.1")
    try lab.outside.route("fd80::/32", via: "fd00:51::1")
    let sink = try Traffic.serve(on: lab.outside, port: 443, address: family.any)
    let trace = try Headwater(machine: lab.host).start("trace", ":443", "--json", "--for", Headwater.untilEnded)
    let (prefix, length) = family == .v4 ? ("10.80.0.", 24) : ("fd80::", 64)
    let word = family == .v4 ? "AF_INET" : "AF_INET6"
    try lab.host.output(of: [
      "sh", "-ec",
      """
      ip netns add brief; ip link add v0 type veth peer name eth0 netns brief
      ip address add \(prefix)1/\(length) dev v0 \(family == .v6 ? "nodad" : ""); ip link set v0 up
      ip -n brief address add \(prefix)2/\(length) dev eth0 \(family == .v6 ? "nodad" : "")
      ip -n brief link set eth0 up; ip -n brief route add default via \(prefix)1
      ip netns exec brief python3 -c "
      import socket, time
      end = time.time() + 10
      while True:
          made = socket.socket(socket.\(word))
          try: made.connect(('\(far(family))', 443)); break
          except OSError:
              if time.time() > end: raise
              time.sleep(0.05)
      made.sendall(bytes(2_000_000)); made.shutdown(1); made.recv(1); made.close()"
      ip netns delete brief
      """,
    ])
    let document = try trace.end().document()
    _ = try sink.stop()
    #expect(document.chains.count == 1, "\(document.chains.map(\.source.summary))")
    let chain = try #require(document.chains.first)
    #expect(chain.source.kind == .process && chain.source.name.hasPrefix("python3"))
    #expect(document.coverage.bytes > 2_000_000 && document.coverage.bytes < 2_400_000)
  }

  // MARK: What is counted as the interface counts it

  /// The host's interface within one window of `load`, with all that its parts are; they fit its own count within 2 %.
  private func fits(_ host: TestHost, _ interface: String = "eth0", _ load: () throws -> Void) throws -> Interval {
    let top = try Headwater(machine: host)
      .start("top", "--json", "--for", Headwater.untilEnded, "--interval", Headwater.untilEnded)
    try load()
    let interval = try #require(try top.end().intervals().first)
    let entry = try #require(
      interval.ledger.first { $0.interface == interface && $0.namespaceName == "host" }, "\(interval.ledger)")
    let parts = [entry.sockets, entry.forwarded, entry.children, entry.nonIP].reduce(0) { $0 + $1.bytes }
    #expect(abs(Double(parts) / Double(entry.total.bytes) - 1) < 0.02, "\(entry)")
    #expect(entry.explained > 0.98 && !entry.needsExplanation && entry.total.bytes > 300_000, "\(entry)")
    return interval
  }

  @Test(arguments: IPFamily.allCases)
  func `datagrams in fragments are explained with their headers`(_ family: IPFamily) throws {
    let lab = try Lab()
    defer { lab.stop() }
    let sink = try Traffic.serve(on: lab.outside, port: 514, udp: true, address: family.any)
    try Traffic.awaitEcho(of: far(family), from: lab.host)
    _ = try fits(lab.host) {
      try Traffic.send(.udp(count: 300, size: 8000, rate: 600), from: lab.host, to: far(family), port: 514)
    }
    #expect(try sink.stop().received == 2_400_000)
  }

  @Test func `datagrams to a group are counted once, however many sockets get them`() throws {
    let lab = try Lab()
    defer { lab.stop() }
    let listener = """
      import socket
      made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
      made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); made.bind(('', 5055))
      made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton('239.1.2.3') + socket.inet_aton('198.51.100.1'))
      print('ready', flush=True)
      while True: made.recv(9000)
      """
    let listeners = try (1...2).map { _ in try lab.host.start(["python3", "-c", listener]) }
    for process in listeners { try process.waitFor("ready") }
    let sender = """
      import socket, time
      made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
      made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(ADDRESS))
      for i in range(500): made.sendto(bytes(1000), ('239.1.2.3', 5055)); time.sleep(0.001)
      """
    _ = try fits(lab.host) {
      try lab.outside.output(of: ["python3", "-c", sender.replacingOccurrences(of: "ADDRESS", with: "'198.51.100.9'")])
    }
    listeners.forEach { $0.stop() }
  }

  @Test func `frames of a packet socket that is not bound fill the interface that they leave by`() throws {
    let lab = try Lab()
    defer { lab.stop() }
    let interval = try fits(lab.host) {
      try lab.host.output(of: [
        "python3", "-c",
        """
        import socket
        made = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
        for i in range(500): made.sendto(bytes(1000), ('eth0', 0x88B5, 0, 0, b'\\x02\\x00\\x00\\x00\\x00\\x09'))
        """,
      ])
    }
    let row = try #require(interval.flows.first { $0.flow.transport == .packet })
    #expect(row.interface == "eth0" && row.owner.process?.name.hasPrefix("python3") == true)
  }

  @Test(.requires(.program("tc")))
  func `what is taken aside to be shaped is explained, also for the device that shapes it`() throws {
    let lab = try Lab()
    defer { lab.stop() }
    try lab.host.output(of: [
      "sh", "-ec",
      """
      ip link add ifb0 type ifb; ip link set ifb0 up; tc qdisc add dev eth0 handle ffff: ingress
      tc filter add dev eth0 parent ffff: protocol all u32 match u32 0 0 action mirred egress redirect dev ifb0
      """,
    ])
    let sink = try Traffic.serve(on: lab.host, port: 443, address: "0.0.0.0")
    try Traffic.awaitEcho(of: "198.51.100.1", from: lab.outside)
    let trace = try Headwater(machine: lab.host).start("trace", "ifb0", "--json", "--for", Headwater.untilEnded)
    _ = try fits(lab.host, "ifb0") {
      try Traffic.send(.bulk(bytes: 5_000_000), from: lab.outside, to: "198.51.100.1", port: 443)
      try sink.awaitArrival(of: 5_000_000)
    }
    let document = try trace.end().document()
    let chain = try #require(document.chains.first, "\(document.coverage)")
    #expect(chain.bytes > 5_000_000 && chain.source.name == "198.51.100.9" && chain.destination.endpoint?.port == 443)
  }

  @Test func `a mark that leads elsewhere than the table says is followed`() throws {
    let lab = try Lab()
    defer { lab.stop() }
    // Two namespaces have the address; the mark leads to the second.
    try lab.host.output(of: [
      "sh", "-ec",
      """
      for i in 1 2; do
        ip netns add side$i; ip link add to$i type veth peer name eth0 netns side$i; ip link set to$i up
        ip address add 10.7$i.0.1/24 dev to$i; ip -n side$i address add 10.7$i.0.2/24 dev eth0
        ip -n side$i address add 10.70.0.2/32 dev eth0; ip -n side$i link set eth0 up; ip -n side$i link set lo up
        ip -n side$i route add default via 10.7$i.0.1
      done
      ip route add 10.70.0.2/32 via 10.71.0.2
      ip rule add fwmark 7 table 77; ip route add default via 10.72.0.2 table 77
      echo 0 > /proc/sys/net/ipv4/conf/all/rp_filter; echo 0 > /proc/sys/net/ipv4/conf/to2/rp_filter
      """,
    ])
    let server =
      "import socket; made = socket.create_server(('', 443)); print('ready', flush=True)\n"
      + "while True:\n  peer = made.accept()[0]\n  while peer.recv(1 << 16): pass\n  peer.close()"
    let servers = try (1...2).map { try lab.host.start(["ip", "netns", "exec", "side\($0)", "python3", "-c", server]) }
    for process in servers { try process.waitFor("ready") }
    let trace = try Headwater(machine: lab.host).start("trace", "to2", "--json", "--for", Headwater.untilEnded)
    try lab.host.output(of: [
      "python3", "-c",
      """
      import socket
      made = socket.socket(); made.setsockopt(socket.SOL_SOCKET, 36, 7); made.connect(('10.70.0.2', 443))
      made.sendall(bytes(2_000_000)); made.shutdown(socket.SHUT_WR); made.recv(1)
      """,
    ])
    let document = try trace.end().document()
    servers.forEach { $0.stop() }
    let chain = try #require(document.chains.first, "\(document.coverage)")
    #expect(chain.hops.allSatisfy { $0.kind != .unknown && $0.namespace != "netns side1" }, "\(chain.hops)")
    #expect(chain.hops.contains { $0.namespace == "netns side2" && $0.kind == .socket } && chain.bytes > 2_000_000)
  }

  @Test func `an interface that moved is never said to have been still`() throws {
    let lab = try Lab()
    defer { lab.stop() }
    let sink = try Traffic.serve(on: lab.host, port: 514, udp: true, address: "127.0.0.1")
    let load = try Traffic.start(
      .udp(count: 300_000, size: 500, rate: 3000), from: lab.host, to: "127.0.0.1", port: 514)
    let result = try Headwater.unprivileged(lab.host).run("trace", "lo", "--for", "4")
    load.stop()
    _ = try sink.stop()
    #expect(result.status == 3, "\(result)")
    #expect(result.stdout.contains("lo moved") && !result.stdout.contains("nothing moved"))
  }
}
