import Documents
import Flows
import Foundation
import Lab
import Testing

/// `headwater capture` beside tcpdump in a test host.
@Suite(
  .requires(
    Requirement.host + [.built("headwater"), .program("tcpdump"), .program("curl"), .program("python3")]))
struct CaptureCommandTests {
  /// Waits until `condition` is true, at most 20 seconds.
  private static let until = """
    until_true() { turn=0; until eval "$1"; do sleep 0.1; turn=$((turn + 1)); [ $turn -lt 200 ] || return 1; done; }
    """

  /// Both capture while curl gets 300,000 bytes, until both have the end of the connection.
  private static func script(_ address: String) -> String {
    """
    set -e; cd /tmp; mkdir -p www; head -c 300000 /dev/zero > www/f; \(until)
    python3 -m http.server --bind \(address.filter { $0 != "[" && $0 != "]" }) -d www 8080 > /dev/null 2>&1 & server=$!
    trap 'kill $server $dump $capture 2> /dev/null || true' EXIT
    until_true 'curl -s -o got http://\(address):8080/f'
    tcpdump -U -i any -w t.pcap tcp port 8080 2> dump.err & dump=$!
    "$HEADWATER" capture :8080 --in here --payload --verbose -o t.pcapng > out.txt 2> err.txt & capture=$!
    until_true 'grep -q listening dump.err'; until_true 'grep -q capturing err.txt'
    curl -s -o got http://\(address):8080/f
    until_true '[ "$(tcpdump -nr t.pcap 2> /dev/null | grep -c "Flags \\[F")" -ge 2 ]'
    # The file grows each half second.
    until_true '[ "$(tcpdump -nr t.pcapng 2> /dev/null | grep -c "Flags \\[F")" -ge 2 ]'
    kill -INT $capture; wait $capture || { cat out.txt err.txt; exit 1; }
    kill -INT $dump; wait $dump || true
    stat -c %a t.pcapng
    """
  }

  /// Reads the blocks of a file of Ethernet packets, and says for each end of its flows which process they name, and in which
  /// direction.
  private static let reader = #"""
    import struct, sys
    data = open(sys.argv[1], "rb").read(); port = int(sys.argv[2]); at = 0; names = {}; found = set()
    def options(body, start):
        while start + 4 <= len(body):
            code, size = struct.unpack_from("<HH", body, start)
            if code == 0: return
            yield code, body[start + 4:start + 4 + size]
            start += 4 + (size + 3) // 4 * 4
    while at < len(data):
        kind, size = struct.unpack_from("<II", data, at); body = data[at + 8:at + size - 4]; at += size
        assert struct.unpack_from("<I", data, at - 4)[0] == size
        if kind == 0xBAD:
            assert not found, "a process behind a packet"
            number, entry, length, pid = struct.unpack_from("<IIII", body)
            assert (number, entry) == (32622, 3)
            for code, value in options(body[:12 + length], 16):
                if code == 2: names[pid] = value.decode()
                if code == 9: assert struct.unpack("<Q", value)[0] > 10**18
        if kind == 6:
            kept = struct.unpack_from("<I", body, 12)[0]; frame = body[20:20 + kept]; pid = direction = None
            for code, value in options(body, 20 + (kept + 3) // 4 * 4):
                if code == 8: pid = struct.unpack_from("<I", value)[0]
                if code == 2: direction = struct.unpack("<I", value)[0] & 3
            start = 14 + (40 if frame[12:14] == b"\x86\xdd" else (frame[14] & 15) * 4)
            source = struct.unpack_from("!H", frame, start)[0]
            found.add(("server" if source == port else "client", names.get(pid, "nobody"), {1: "in", 2: "out"}.get(direction, "?")))
    for one in found: print(*one)
    """#

  @Test(arguments: ["127.0.0.1", "[::1]"])
  func `the file has the packets that tcpdump saw, each with its sender's process`(address: String) throws {
    let host = try TestHost("capture")
    defer { host.stop() }
    let headwater = Headwater(machine: host)
    let result = try headwater.shell(Self.script(address))
    #expect(result.status == 0 && result.stdout.contains("600"), "\(result.stdout)\(result.stderr)")
    let printed = { (file: String) in
      // Flags, numbers and lengths, without times and what only the cooked form has.
      let lines = try host.output(of: ["bash", "-c", "tcpdump -tnr \(file) 2> /dev/null"])
      return lines.split(separator: "\n").compactMap { line in line.range(of: "IP").map { line[$0.lowerBound...] } }
    }
    #expect(try printed("/tmp/t.pcapng") == (try printed("/tmp/t.pcap")))
    let document = try Headwater.decode(
      PacketsDocument.self, headwater.shell(#""$HEADWATER" pcap /tmp/t.pcapng :8080 --json"#))
    let row = try #require(document.conversations.first)
    #expect("\(row.flow.destination)" == "\(address):8080" && row.began == "SYN" && row.isClosed)
    // On loopback each end sends its part.
    try host.write("/tmp/owners.py", Self.reader)
    let owners = try host.output(of: ["python3", "/tmp/owners.py", "/tmp/t.pcapng", "8080"])
    #expect(owners.split(separator: "\n").sorted() == ["client curl out", "server python3 out"])
    #expect(document.files.first?.dropped == 0)
    let again = try headwater.shell(#""$HEADWATER" capture :8080 --in here --for 1 -o /tmp/t.pcapng"#)
    #expect(again.status != 0 && again.stderr.contains("File exists"))
  }

  @Test func `a forwarded packet is its container's process's, also of a connection that is older than the capture`()
    throws
  {
    let host = try TestHost("capture")
    defer { host.stop() }
    let headwater = Headwater(machine: host)
    // A client in a namespace of its own, behind the host, to a server in another one.
    let script = """
      set -e; cd /tmp; \(Self.until)
      for n in one two; do
        ip netns add $n; ip link add to$n type veth peer name eth0 netns $n
        ip link set to$n up; ip -n $n link set lo up; ip -n $n link set eth0 up
      done
      ip addr add 10.50.1.1/24 dev toone; ip -n one addr add 10.50.1.2/24 dev eth0; ip -n one route add default via 10.50.1.1
      ip addr add 10.50.2.1/24 dev totwo; ip -n two addr add 10.50.2.2/24 dev eth0; ip -n two route add default via 10.50.2.1
      echo 1 > /proc/sys/net/ipv4/ip_forward
      iptables -t nat -A POSTROUTING -o totwo -s 10.50.1.0/24 -j MASQUERADE
      trap 'kill $server $client 2> /dev/null || true; ip netns del one; ip netns del two' EXIT
      ip netns exec two python3 -c '
      import socket
      s = socket.create_server(("10.50.2.2", 9000)); c = s.accept()[0]
      while c.recv(100): c.send(b"pong")' & server=$!
      until_true 'ip netns exec two ss -Htln | grep -q 9000'
      ip netns exec one python3 -c '
      import socket, time
      c = socket.create_connection(("10.50.2.2", 9000))
      while True: c.send(b"ping"); c.recv(100); time.sleep(0.05)' & client=$!
      until_true 'ip netns exec two ss -Htn | grep -q 9000'
      "$HEADWATER" capture :9000 --in here --packets 100 --for 60 -o t.pcapng --json > out.json
      "$HEADWATER" capture :9000 --once --packets 50 --for 60 -o once.pcapng --json > once.json
      "$HEADWATER" capture eth0 --in one --filter 'tcp port 9000' --packets 20 --for 60 -o one.pcapng --json > one.json
      "$HEADWATER" capture :9000 --in one two --packets 40 --for 60 -o twins.pcapng > /dev/null
      "$HEADWATER" --extcap-interfaces > interfaces.txt
      echo $client $server
      """
    let result = try headwater.shell(script)
    let pids = result.stdout.split { !$0.isNumber }
    #expect(result.status == 0 && pids.count == 2, "\(result.stdout)\(result.stderr)")
    let document = try Headwater.decode(PacketsDocument.self, headwater.shell("cat /tmp/out.json"))
    #expect(document.packets == 100 && document.interfaces.count == 2)
    // Both veths' host ends, before and behind the translation.
    let titles = Set(document.owners.map(\.name))
    #expect(pids.allSatisfy { pid in titles.contains { $0.contains("(pid \(pid))") } }, "\(titles) \(pids)")
    #expect(document.owners.reduce(0) { $0 + $1.packets } >= 50, "\(document.owners)")
    let row = try #require(document.conversations.first)
    #expect("\(row.flow)".hasPrefix("tcp 10.50.1.2:") && row.translated?.isEmpty == false)
    // Four places saw them; only what the first one saw is there.
    let once = try Headwater.decode(PacketsDocument.self, headwater.shell("cat /tmp/once.json"))
    #expect(once.packets == 50 && once.distinctPackets == 50, "\(once.notes)")
    let one = try Headwater.decode(PacketsDocument.self, headwater.shell("cat /tmp/one.json"))
    #expect(one.packets == 20 && one.interfaces.map(\.name) == ["eth0"] && one.owners.count == 1)
    // Both namespaces have an `eth0`.
    let twins = try Headwater.decode(
      PacketsDocument.self, headwater.shell(#""$HEADWATER" pcap /tmp/twins.pcapng --json"#))
    #expect(twins.packets == 40 && twins.interfaces.count == 2, "\(twins.interfaces)")
    #expect((20...22).contains(twins.distinctPackets), "\(twins.distinctPackets)")
    let interfaces = try headwater.shell("cat /tmp/interfaces.txt").stdout
    #expect(interfaces.contains("{display=Headwater: netns one}"), "\(interfaces)")
  }

  @Test func `what can't be captured or written ends with a reason and leaves nothing`() throws {
    let host = try TestHost("capture")
    defer { host.stop() }
    let headwater = Headwater(machine: host)
    let cases: [(words: String, status: Int32, message: String)] = [
      ("--filter 'prot x' --for 1", 2, "libpcap refuses the filter: can't parse filter expression"),
      ("--filter 'vlan 5' --for 1", 2, "no VLAN support"), ("--in nowhere --for 1", 1, "nowhere: no container"),
      ("--for 1 -o /proc/none/t.pcapng", 1, "/proc/none/t.pcapng"), ("--packets 0", 2, "at least 1"),
      ("--for 1 --json -o -", 2, "standard output"), ("--payload --snap 100", 2, "not both"),
      (":9 --for 0.2", 1, "0 packets"), ("pid:4000000 --for 0.2", 1, "no such process"),
    ]
    for (words, status, message) in cases {
      let result = try headwater.shell(#""$HEADWATER" capture \#(words)"#)
      #expect(result.status == status, "\(words): \(result.stdout)\(result.stderr)")
      #expect(
        (result.stdout + result.stderr).contains(message), "\(words): \(result.stdout)\(result.stderr)")
    }
    // What passes in a namespace that may not be entered is not captured; 0 packets are no answer there.
    try host.output(of: ["ip", "netns", "add", "closed"])
    let lacking = try Headwater.capable(host, without: "sys_admin").shell(#""$HEADWATER" capture :9 --for 0.2"#)
    #expect(lacking.status == 3 && lacking.stdout.contains("not every place could be captured"), "\(lacking)")
    let unprivileged = Headwater.unprivileged(host)
    let refused = try unprivileged.shell(#""$HEADWATER" capture --for 1 -o /tmp/refused.pcapng"#)
    #expect(refused.status == 3, "\(refused.stdout)\(refused.stderr)")
  }
}
