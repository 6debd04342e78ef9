import Flows
import Foundation
import Lab
import Testing

/// Ends that no known host has, behind the devices of this one.
@Suite(.requires(Requirement.host + [.program("bridge"), .built("headwater")]), .serialized)
struct LinkTraceTests {
  /// A host that routes between a bridge, 10.1.0.1 and fd01::1, and the outside host.
  private final class Lab {
    let host: TestHost
    let guest: TestHost
    let outside: TestHost

    init() throws {
      host = try TestHost("router")
      guest = try TestHost("guest")
      outside = try TestHost("outside")
      try Wire(
        host.plug("eth0", "198.51.100.1/24", "fd00:51::1/64"), outside.plug("eth0", "198.51.100.9/24", "fd00:51::9/64"))
      try Wire(host.plug("port0"), guest.plug("eth0", "10.1.0.7/24", "fd01::7/64"))
      try host.bridge("br0", ["port0"], "10.1.0.1/24", "fd01::1/64")
      try host.forward()
      for gateway in ["10.1.0.1", "fd01::1"] { try guest.route("default", via: gateway) }
      try outside.route("10.1.0.0/24", via: "198.51.100.1")
      try outside.route("fd01::/64", via: "fd00:51::1")
    }

    func stop() { [host, guest, outside].forEach { $0.stop() } }
  }

  private func far(_ family: IPFamily) -> String { family == .v4 ? "198.51.100.9" : "fd00:51::9" }

  @Test(arguments: IPFamily.allCases)
  func `another host behind a bridge is behind its port`(_ family: IPFamily) throws {
    let lab = try Lab()
    defer { lab.stop() }
    let sink = try Traffic.serve(on: lab.outside, port: 443, address: family.any)
    try Traffic.awaitEcho(of: far(family), from: lab.guest)
    let trace = try Headwater(machine: lab.host).start("trace", ":443", "--json", "--for", Headwater.untilEnded)
    try Traffic.send(.bulk(bytes: 1_000_000), from: lab.guest, to: far(family), port: 443)
    let chain = try #require(try trace.end().document().chains.first)
    _ = try sink.stop()
    #expect(chain.hops.map(\.kind) == [.link, .external])
    let link = try #require(chain.hops.first?.link)
    let address = try lab.guest.output(of: ["cat", "/sys/class/net/eth0/address"])
    #expect(link == .init(interface: "port0", hardwareAddress: String(address.dropLast()), bridge: "br0"))
    #expect(chain.source.kind == .external && chain.source.name == (family == .v4 ? "10.1.0.7" : "fd01::7"))
    #expect(chain.hops.allSatisfy { !$0.evidence.isEmpty })
  }

  @Test(arguments: IPFamily.allCases)
  func `a neighbour's other addresses are told`(_ family: IPFamily) throws {
    let lab = try Lab()
    defer { lab.stop() }
    let sink = try Traffic.serve(on: lab.host, port: 5001, address: family.any)
    for address in ["198.51.100.9", "fd00:51::9"] { try Traffic.awaitEcho(of: address, from: lab.host) }
    let trace = try Headwater(machine: lab.host).start("trace", ":5001", "--json", "--for", Headwater.untilEnded)
    try Traffic.send(
      .bulk(bytes: 100_000), from: lab.outside, to: family == .v4 ? "198.51.100.1" : "fd00:51::1", port: 5001)
    let chain = try #require(try trace.end().document().chains.first)
    _ = try sink.stop()
    let hop = try #require(chain.hops.last)
    #expect(hop.address == IPAddress(far(family)) && hop.link?.interface == "eth0")
    #expect(hop.link?.otherAddresses?.map(\.description) == [family == .v4 ? "fd00:51::9" : "198.51.100.9"])
  }

  /// Sends datagrams as a virtual machine would: as frames into a tap device, which is a port of the bridge.
  private static let machine = """
    import fcntl, os, socket, struct, sys, time
    source, destination = sys.argv[1:3]
    tap = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tap, 0x400454ca, struct.pack("16sH22x", b"vnet0", 0x1002))  # TUNSETIFF: IFF_TAP | IFF_NO_PI
    os.system("ip link set vnet0 master br0 up")
    router = bytes.fromhex(open("/sys/class/net/br0/address").read().strip().replace(":", ""))
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    ends = socket.inet_pton(family, source) + socket.inet_pton(family, destination)
    datagram = struct.pack(">HHHH", 5555, 443, 508, 0) + bytes(500)
    if family == socket.AF_INET6:
        packet = struct.pack(">IHBB", 6 << 28, len(datagram), 17, 64) + ends + datagram
    else:
        head = lambda sum: struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(datagram), 0, 0, 64, 17, sum) + ends
        total = sum(struct.unpack(">10H", head(0)))
        packet = head(~(total + (total >> 16)) & 0xffff) + datagram
    frame = router + bytes.fromhex("525400000005") + (b"\\x86\\xdd" if family == socket.AF_INET6 else b"\\x08\\0") + packet
    sent = 0
    while True:
        try: os.write(tap, frame)
        except OSError: pass
        if not sent: print("sent", flush=True)
        sent += 1
        time.sleep(0.02)
    """

  @Test(.requires(.file("/dev/net/tun")), arguments: IPFamily.allCases)
  func `a virtual machine's traffic leads through its tap device to its program`(_ family: IPFamily) throws {
    let lab = try Lab()
    defer { lab.stop() }
    let address = family == .v4 ? "10.1.0.5" : "fd01::5"
    try lab.host.write("/root/machine.py", Self.machine)
    // The program's name is what tells a hypervisor, and its `-name` the machine.
    try lab.host.output(of: ["sh", "-c", #"ln -s "$(readlink -f "$(command -v python3)")" /root/qemu-system-x86_64"#])
    let machine = try lab.host.start([
      "/root/qemu-system-x86_64", "/root/machine.py", address, far(family), "-name", "guest=web01,debug-threads=on",
    ])
    defer { machine.stop() }
    try machine.waitFor("sent")
    // Only now: a new port may change the bridge's own address, which forgets all neighbours.
    try lab.host.output(of: [
      "ip", "neighbour", "replace", address, "lladdr", "52:54:00:00:00:05", "dev", "br0", "nud", "permanent",
    ])
    let trace = try Headwater(machine: lab.host).start("trace", address, "--json", "--for", "1")
    let chain = try #require(try trace.document().chains.first)
    #expect(chain.hops.map(\.kind) == [.link, .external])
    let hop = try #require(chain.hops.first)
    #expect(
      hop.link
        == .init(interface: "vnet0", hardwareAddress: "52:54:00:00:00:05", bridge: "br0", machine: "web01"))
    #expect(hop.process?.pid == machine.pidInHost && hop.process?.name.hasPrefix("qemu-system") == true)
    #expect(chain.source.name == address && chain.source.summary.contains("of virtual machine web01"))
  }

  /// The same by a macvtap, whose file a hypervisor opens; no file of that name is on the host.
  private static let machineOnParent = machine.replacingOccurrences(
    of: """
      tap = os.open("/dev/net/tun", os.O_RDWR)
      fcntl.ioctl(tap, 0x400454ca, struct.pack("16sH22x", b"vnet0", 0x1002))  # TUNSETIFF: IFF_TAP | IFF_NO_PI
      os.system("ip link set vnet0 master br0 up")
      router = bytes.fromhex(open("/sys/class/net/br0/address").read().strip().replace(":", ""))
      """,
    with: """
      tap = os.open("/dev/tap" + open("/sys/class/net/guest0/ifindex").read().strip(), os.O_RDWR)
      fcntl.ioctl(tap, 0x400454ca, struct.pack("16sH22x", b"", 0x1002))  # TUNSETIFF: IFF_TAP | IFF_NO_PI
      router = bytes.fromhex(sys.argv[5].replace(":", ""))
      """)

  @Test(arguments: IPFamily.allCases)
  func `a virtual machine on a macvtap fills the interface below it, and its program is named`(_ family: IPFamily)
    throws
  {
    let lab = try Lab()
    defer { lab.stop() }
    let address = family == .v4 ? "198.51.100.5" : "fd00:51::5"
    try lab.host.write("/root/machine.py", Self.machineOnParent)
    try lab.host.output(of: [
      "sh", "-ec",
      """
      ln -s "$(readlink -f "$(command -v python3)")" /root/qemu-system-x86_64
      ip link add link eth0 name guest0 address 52:54:00:00:00:05 type macvtap mode bridge; ip link set guest0 up
      """,
    ])
    let router = try lab.outside.output(of: ["cat", "/sys/class/net/eth0/address"]).dropLast()
    let machine = try lab.host.start([
      "unshare", "-m", "sh", "-ec",
      """
      number=$(cat /sys/class/net/guest0/ifindex); file=$(cat /sys/class/net/guest0/tap$number/dev)
      mount -t tmpfs tmpfs /dev; mknod /dev/tap$number c ${file%:*} ${file#*:}
      exec /root/qemu-system-x86_64 /root/machine.py \(address) \(far(family)) -name guest=web02 \(router)
      """,
    ])
    defer { machine.stop() }
    try machine.waitFor("sent")
    let document = try Headwater(machine: lab.host).start("trace", "eth0", "--json", "--for", "1").document()
    let chain = try #require(document.chains.first, "\(document.coverage)")
    #expect(
      chain.source.name == address && chain.source.summary.contains("of virtual machine web02"), "\(chain.source)")
    let hop = try #require(chain.hops.first { $0.kind == .link })
    #expect(hop.link == .init(interface: "guest0", hardwareAddress: "52:54:00:00:00:05", machine: "web02"))
    #expect(hop.process?.pid == machine.pidInHost)
    #expect(chain.destination.endpoint?.port == 443)
    #expect(Double(document.coverage.explained) > 0.95 * Double(document.coverage.bytes), "\(document.coverage)")
  }

  /// The packets come by one link, the answers leave by the other: each link has its own direction.
  @Test(arguments: [true, false]) func `a link of a host with two has only what passed it`(isV4: Bool) throws {
    let host = try TestHost("two")
    defer { host.stop() }
    let nets = isV4 ? ["10.6.0.", "10.6.1."] : ["fd00:6::", "fd00:6:1::"]
    let bits = isV4 ? 24 : 64
    var script = "ip netns add s; ip -n s link set lo up\n"
    for (number, net) in nets.enumerated() {
      script += """
        ip link add e\(number) type veth peer name s\(number) netns s
        ip address add \(net)1/\(bits) dev e\(number) nodad; ip link set e\(number) up
        ip -n s address add \(net)2/\(bits) dev s\(number) nodad; ip -n s link set s\(number) up
        for n in '' 'ip netns exec s'; do $n sh -c 'echo 0 | tee /proc/sys/net/ipv4/conf/*/rp_filter >/dev/null'; done

        """
    }
    try host.output(of: ["sh", "-ec", script])
    let inside = ["ip", "netns", "exec", "s"]
    let server = try host.start(inside + Traffic.serverCommand(port: 80, address: isV4 ? "0.0.0.0" : "::"))
    try server.waitFor("ready")
    let send = """
      import socket, sys, time
      s = socket.create_connection((sys.argv[1], 80), source_address=(sys.argv[2], 0))
      print("connected", flush=True)
      for i in range(1200): s.send(b"x" * 5000); time.sleep(0.05)
      """
    let client = try host.start(["python3", "-c", send, "\(nets[1])2", "\(nets[0])1"])
    try client.waitFor("connected")
    defer { client.stop() }
    let headwater = Headwater(machine: host, prefix: inside)
    let documents = try ["s0", "s1"].map { try headwater.start("trace", $0, "--json", "--for", "2").document() }
    for (document, link) in zip(documents, ["s0", "s1"]) {
      let chain = try #require(document.chains.first { $0.hops.contains { $0.process != nil } }, "\(link): \(document)")
      #expect(chain.source.name.hasPrefix("python3") && chain.bytes <= document.coverage.bytes, "\(link): \(chain)")
      #expect(
        Double(document.coverage.unknown) <= 0.03 * Double(document.coverage.bytes) + 200,
        "\(link): \(document.coverage)")
    }
    // 100 kB/s come in, and only acknowledgements leave.
    #expect(
      documents[1].coverage.bytes > 150_000 && documents[0].coverage.bytes < 40_000, "\(documents.map(\.coverage))")
    #expect(documents[1].chains[0].share > 0.9)
  }
}
