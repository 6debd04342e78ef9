import Flows
import Foundation
import Lab
import Questions
import Testing

/// Names of flows, asked for by real clients.
@Suite(.requires(NamesLab.requirements), .serialized)
struct NamesTests {
  @Test func `a site's name leads to the process that asked for it, in a connection of milliseconds`() throws {
    let lab = try NamesLab()
    defer { lab.stop() }
    for target in ["git.lab.example", "lab.example"] {
      let trace = try Headwater(machine: lab.client).start("trace", target, "--json", "--for", Headwater.untilEnded)
      try NamesLab.fetch("https://git.lab.example/", from: lab.client)
      try NamesLab.fetch("https://lab.example.org/", from: lab.client, "--connect-to", "::10.7.0.2:443")
      let document = try trace.end().document()
      let chain = try #require(document.chains.first)
      #expect(document.chains.count == 1 && chain.flows == 1)
      let hop = try #require(chain.hops.last)
      #expect(hop.process?.name == "curl")
      #expect(hop.name == "git.lab.example" && hop.nameCertainty == .observed)
      #expect(hop.evidence.contains { $0.source == "TLS ClientHello" && $0.detail == "git.lab.example" })
    }
    #expect(try Headwater(machine: lab.client).run("trace", "nobody.lab.example", "--for", "0.5").status == 1)
  }

  @Test func `a name that only the DNS tells is inferred, with who asked`() throws {
    let lab = try NamesLab()
    defer { lab.stop() }
    let trace = try Headwater(machine: lab.client).start(
      "trace", "git.lab.example", "--json", "--for", Headwater.untilEnded)
    let python = """
      import socket, time
      ends = socket.create_connection(('git.lab.example', 7000)); ends.sendall(b'no name in here\\n'); ends.recv(100)
      time.sleep(0.3)
      """
    try lab.client.output(of: ["python3", "-c", python])
    let document = try trace.end().document()
    let hop = try #require(document.chains.first?.hops.last)
    #expect(hop.process?.name.hasPrefix("python3") == true)
    #expect(hop.flow?.destination == Endpoint("10.7.0.2:7000"))
    #expect(hop.name == "git.lab.example" && hop.nameCertainty == .inferred)
    #expect(hop.evidence.contains { $0.source == "DNS answer" && $0.detail.contains("looked up by python3") })
  }

  @Test func `every client's name is read: curl, wget, openssl and python, over TLS and HTTP, on any port`() throws {
    let lab = try NamesLab()
    defer { lab.stop() }
    let top = try Headwater(machine: lab.client).start(
      "top", "--by", "name", "--json", "--once", "--interval", Headwater.untilEnded)
    try NamesLab.fetch("https://curl.lab.example:9443/", from: lab.client)
    try NamesLab.fetch("http://Plain.LAB.example:8081/", from: lab.client)
    try NamesLab.fetch("https://six.lab.example/", from: lab.client, "-6")
    try lab.client.output(of: ["wget", "-q", "-O", "/dev/null", "http://wget.lab.example/"])
    try lab.client.run(
      ["openssl", "s_client", "-connect", "10.7.0.2:443", "-servername", "openssl.lab.example"])
    try lab.client.run(["openssl", "s_client", "-connect", "10.7.0.2:9443", "-noservername"])
    let python = """
      import http.client
      ends = http.client.HTTPConnection('python.lab.example', 80); ends.request('GET', '/', headers={'X': 'x' * 3000})
      ends.getresponse().read()
      """
    try lab.client.output(of: ["python3", "-c", python])
    let interval = try #require(try top.end().intervals().first)
    let wanted: Set = [
      "curl.lab.example", "plain.lab.example", "six.lab.example", "wget.lab.example", "openssl.lab.example",
      "python.lab.example",
    ]
    #expect(interval.readNames == wanted)
    let names = interval.names ?? []
    #expect(names.filter { $0.name == nil }.map(\.flow.destination) == [Endpoint("10.7.0.2:9443")])
    #expect(names.first { $0.name == nil }?.reason == "the handshake names no server")
    #expect(names.first { $0.name == "six.lab.example" }?.flow.destination == Endpoint("[fd00:7::2]:443"))
    #expect(names.first { $0.name == "plain.lab.example" }?.kind == .http)
    // Each flow once, however often its packets were seen.
    #expect(names.count == wanted.count + 1)
    // And every named flow has its process.
    let index = try #require(NameIndex(interval))
    let rows = interval.flows.filter { index.name(of: $0)?.name == "curl.lab.example" }
    #expect(rows.map(\.owner.process?.name) == ["curl"])
    let answers = (interval.answers ?? []).filter { $0.question == "six.lab.example" }
    #expect(answers.contains { $0.addresses == [IPAddress("fd00:7::2")].compactMap { $0 } })
  }

  @Test func `a table by names says what is a guess and what has no name`() throws {
    let lab = try NamesLab()
    defer { lab.stop() }
    let top = try Headwater(machine: lab.client).start("top", "--by", "name", "--once", "--for", Headwater.untilEnded)
    try NamesLab.fetch("https://shop.lab.example/", from: lab.client)
    let python = """
      import socket
      for host in 'echo.lab.example', '10.7.0.2', 'fd00:7::2':
          ends = socket.create_connection((host, 7000)); ends.sendall(b'none\\n'); ends.recv(100)
      """
    try lab.client.output(of: ["python3", "-c", python])
    let text = try top.end().process.wait().stdout
    #expect(text.contains("shop.lab.example") && !text.contains("~shop.lab.example"))
    #expect(text.contains("~echo.lab.example"))
    #expect(text.contains("looked up by python3"))
    #expect(text.contains("(no name seen)"))
  }

  @Test func `a handshake that is split over segments, and DNS over TCP, are put together`() throws {
    let lab = try NamesLab()
    defer { lab.stop() }
    for host in [lab.client, lab.server] {
      try host.output(of: ["ip", "link", "set", "eth0", "mtu", "576"])
      // Otherwise segments are cut where nobody sees it, behind a veth.
      try host.run(["ethtool", "-K", "eth0", "tso", "off", "gso", "off", "gro", "off"])
    }
    try lab.client.write(
      "/etc/resolv.conf", "nameserver 10.7.0.2\noptions use-vc timeout:2 attempts:2\n")
    let top = try Headwater(machine: lab.client).start(
      "top", "--by", "name", "--json", "--once", "--interval", Headwater.untilEnded)
    let protocols = (0..<120).map { "protocol-number-\($0)" }.joined(separator: ",") + ",http/1.1"
    try lab.client.run(
      ["openssl", "s_client", "-connect", "10.7.0.2:443", "-servername", "long.lab.example", "-alpn", protocols])
    try NamesLab.fetch("http://tcp.lab.example/", from: lab.client)
    let interval = try #require(try top.end().intervals().first)
    #expect(interval.readNames == ["long.lab.example", "tcp.lab.example"])
    let answer = try #require(interval.answers?.first { $0.question == "tcp.lab.example" && !$0.addresses.isEmpty })
    #expect(answer.flow.transport == .tcp && answer.addresses == [IPAddress("10.7.0.2")].compactMap { $0 })
  }

  @Test func `the answering side knows the site, too`() throws {
    let lab = try NamesLab()
    defer { lab.stop() }
    let trace = try Headwater(machine: lab.server).start(
      "trace", "shop.lab.example", "--json", "--for", Headwater.untilEnded)
    try NamesLab.fetch("https://shop.lab.example/", from: lab.client)
    let chain = try #require(try trace.end().document().chains.first)
    #expect(chain.source.kind == .external && chain.source.name == "10.7.0.1")
    #expect(chain.hops.first?.name == "shop.lab.example")
    #expect(chain.hops.first?.process?.name.hasPrefix("python3") == true)
  }

  @Test(.requires(RunningProbe.needs)) func `a probe reads names on its host if it is asked to`() async throws {
    let lab = try NamesLab()
    defer { lab.stop() }
    let probe = try await RunningProbe(on: lab.client)
    let remote = probe.remote
    #expect(try await remote.measure(seconds: 0.1).names == nil)
    _ = try await remote.ask(StartQuestion(names: true)).value
    let sent = remote.traffic.sent
    let measured = Task { try await remote.measure(seconds: 600) }
    try waitUntil("the question to be sent") { remote.traffic.sent > sent }
    _ = try await remote.inventory()
    try NamesLab.fetch("https://git.lab.example/", from: lab.client)
    _ = try await remote.ask(EndQuestion())
    let interval = try await measured.value
    #expect(interval.readNames == ["git.lab.example"])
    let answer = try #require(interval.answers?.first { !$0.addresses.isEmpty })
    #expect(answer.question == "git.lab.example" && answer.aliases == ["edge.lab.example"])
    #expect(answer.addresses == [IPAddress("10.7.0.2")].compactMap { $0 })
  }

  @Test func `nothing remains of a watch that is killed`() throws {
    let lab = try NamesLab()
    defer { lab.stop() }
    func sockets() throws -> Int {
      try lab.client.output(of: ["cat", "/proc/net/packet"]).split(separator: "\n").count
    }
    let before = try sockets()
    let top = try Headwater(machine: lab.client).start("top", "--by", "name", "--json", "--for", "30")
    #expect(try sockets() > before)
    top.process.send(SIGKILL)
    _ = try top.process.wait()
    #expect(try sockets() == before)
  }

  @Test(.requires(.program("setpriv"))) func `without the privilege for packets it says so, and all else is there`()
    throws
  {
    let lab = try NamesLab()
    defer { lab.stop() }
    let lacking = "-net_raw"
    let headwater = Headwater(
      machine: lab.client, prefix: ["setpriv", "--inh-caps", lacking, "--bounding-set", lacking])
    let trace = try headwater.start("trace", "10.7.0.2", "--json", "--for", Headwater.untilEnded)
    try NamesLab.fetch("https://shop.lab.example/", from: lab.client)
    let document = try trace.end().document()
    #expect(document.chains.contains { $0.hops.last?.process?.name == "curl" })
    #expect(document.namedHops.isEmpty)
    #expect(
      document.coverage.reasons.contains { $0.contains("names of flows are not read") && $0.contains("CAP_NET_RAW") })
    let named = try headwater.run("trace", "shop.lab.example", "--for", "0.3")
    #expect(named.status == 3 && named.stdout.contains("CAP_NET_RAW"))
  }

  @Test func `hostile packets cost nothing but themselves`() throws {
    let lab = try NamesLab()
    defer { lab.stop() }
    let top = try Headwater(machine: lab.client).start(
      "top", "--by", "name", "--json", "--once", "--interval", Headwater.untilEnded)
    let python = """
      import os, random, socket, time
      random.seed(1)
      udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); udp.bind(('127.0.0.1', 53))
      heads = [b'\\xc3\\0\\0\\0\\1', b'\\xd3\\x6b\\x33\\x43\\xcf', b'\\xab\\xcd\\x81\\x80\\0\\1\\0\\1']
      end = time.time() + 1.5
      while time.time() < end:
          for _ in range(50):
              udp.sendto(random.choice(heads) + os.urandom(random.choice([12, 100, 1300])), ('127.0.0.1', 9))
      tcp = socket.create_connection(('10.7.0.2', 7000))
      for head in b'\\x16\\3\\1\\xff\\xff\\1\\0\\xff\\xff', b'\\x16', b'GET ' + b'/' * 60000, b'\\x16\\3\\1\\0\\0\\1':
          try: tcp.send(head + os.urandom(1000))
          except OSError: pass
      """
    try lab.client.output(of: ["python3", "-c", python])
    // What comes directly behind the flood may find a full ring.
    for _ in 0..<10 {
      try NamesLab.fetch("http://after.lab.example/", from: lab.client)
      usleep(300_000)
    }
    let interval = try #require(try top.end().intervals().first)
    #expect(interval.readNames.contains("after.lab.example"))
  }

  /// tcpdump's own recording of a real handshake; its datagrams are sent anew.
  private static let recording = URL(filePath: #filePath).appending(
    path: "../../../../shared/data/tcpdump/tests/quic_handshake.pcap"
  )
  .standardizedFileURL.path()

  @Test(.requires(.file(recording))) func `the name of a recorded QUIC handshake is read when it is sent again`() throws
  {
    let lab = try NamesLab()
    defer { lab.stop() }
    let packets = try Data(contentsOf: URL(filePath: Self.recording)).base64EncodedString()
    let program = """
      import base64, socket, struct
      data = base64.b64decode('\(packets)')
      order = '<' if data[:4] in (b'\\xd4\\xc3\\xb2\\xa1', b'\\x4d\\x3c\\xb2\\xa1') else '>'
      link, = struct.unpack(order + 'I', data[20:24])
      at, first, ends = 24, None, {}
      while at + 16 <= len(data):
          size, = struct.unpack(order + 'I', data[at + 8:at + 12])
          frame, at = data[at + 16:at + 16 + size], at + 16 + size
          packet = frame[{1: 14, 0: 4, 101: 0, 113: 16}[link & 0xffff]:]
          six = packet[0] >> 4 == 6
          udp = packet[40:] if six else packet[(packet[0] & 15) * 4:]
          if packet[6 if six else 9] != 17: continue
          source, destination = struct.unpack('>HH', udp[:4])
          first = first or source
          if source != first: continue
          if not ends:
              ends = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); ends.connect(('10.7.0.2', 443))
          try: ends.send(udp[8:])
          except OSError: pass
      print(link)
      """
    let top = try Headwater(machine: lab.client).start(
      "top", "--by", "name", "--json", "--once", "--interval", Headwater.untilEnded)
    try lab.client.output(of: ["python3", "-"], input: program)
    let interval = try #require(try top.end().intervals().first)
    let name = try #require(interval.names?.first { $0.kind == .quic })
    #expect(name.flow.destination == Endpoint("10.7.0.2:443"))
    #expect(name.name != nil, "\(name)")
  }
}
