import Documents
import Flows
import Foundation
import Lab
import Testing

/// `headwater pcap` over captures that tcpdump makes, and what it says of files that it can't read.
@Suite(.requires(Requirement.host + [.built("headwater"), .program("tcpdump"), .program("curl")]))
struct PcapCommandTests {
  /// Captures on all interfaces while curl gets 300,000 bytes, until both ends of the connection were captured.
  private static func script(_ address: String) -> String {
    """
    set -e; cd /tmp; mkdir -p www; head -c 300000 /dev/zero > www/f
    python3 -m http.server --bind \(address.filter { $0 != "[" && $0 != "]" }) -d www 8080 > /dev/null 2>&1 & server=$!
    tcpdump -U -i any -w t.pcap tcp port 8080 2> dump.err & dump=$!
    trap 'kill $server $dump 2> /dev/null || true' EXIT
    turn=0; until grep -q listening dump.err; do sleep 0.1; turn=$((turn + 1)); [ $turn -lt 200 ]; done
    turn=0; until curl -s -o got -H 'Host: files.example' http://\(address):8080/f; do sleep 0.1; turn=$((turn + 1)); [ $turn -lt 200 ]; done
    turn=0; until [ "$(tcpdump -nr t.pcap 2> /dev/null | grep -c 'Flags \\[F')" -ge 2 ]
    do sleep 0.1; turn=$((turn + 1)); [ $turn -lt 200 ]; done
    kill -INT $dump; wait $dump || true
    """
  }

  @Test(arguments: ["127.0.0.1", "[::1]"])
  func `what tcpdump captured while curl got a file is curl's connection, with its name`(address: String)
    throws
  {
    let host = try TestHost("pcap")
    defer { host.stop() }
    let headwater = Headwater(machine: host)
    try host.output(of: ["bash", "-c", Self.script(address)])
    let lines = { (file: String) in
      let count = try host.output(of: ["bash", "-c", "tcpdump -nr \(file) 2> /dev/null | wc -l"])
      return UInt64(count.filter(\.isNumber)) ?? 0
    }
    let document = try Headwater.decode(
      PacketsDocument.self, headwater.shell(#""$HEADWATER" pcap /tmp/t.pcap :8080 --json"#))
    #expect(document.packets == (try lines("/tmp/t.pcap")))
    let row = try #require(document.conversations.first { $0.name == "files.example" })
    #expect("\(row.flow.destination)" == "\(address):8080" && row.began == "SYN" && row.isClosed)
    #expect(row.capturedPackets >= row.packets && row.capturedBytes >= row.bytes)
    #expect((300_000..<400_000).contains(row.bytesIn))
    #expect(document.answer?.text.contains("pulls") == true)

    // A row's packets are a file that others read, and that gives the same row again, compressed and through a pipe.
    let number = try #require(document.conversations.firstIndex(of: row)) + 1
    let written = try headwater.shell(#""$HEADWATER" pcap /tmp/t.pcap :8080 --write \#(number) /tmp/row.pcapng"#)
    #expect(written.status == 0 && written.stderr.contains("\(row.capturedPackets) packets written"))
    #expect(try lines("/tmp/row.pcapng") == row.capturedPackets)
    let again = try Headwater.decode(
      PacketsDocument.self, headwater.shell(#"gzip -c /tmp/row.pcapng | "$HEADWATER" pcap - --json"#))
    #expect(again.conversations.map(\.bytes) == [row.bytes] && again.conversations.first?.first == row.first)
  }

  @Test func `the exit status says whether anything was read, and whether it has the target`() throws {
    let host = try TestHost("pcap")
    defer { host.stop() }
    let headwater = Headwater(machine: host)
    try host.write("/tmp/text.pcap", "no capture\n")
    // A file header, a packet of 4 bytes, and half of another.
    let bytes =
      #"\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\x65\0\0\0"# + #"\1\0\0\0\2\0\0\0\4\0\0\0\4\0\0\0abcd"#
      + #"\1\0\0\0\2"#
    try host.output(of: ["bash", "-c", "printf '\(bytes)' > /tmp/cut.pcap"])
    let cases: [(words: String, status: Int32, message: String)] = [
      ("/tmp/text.pcap", 1, "this is not a capture file"), ("/tmp/nothing.pcap", 1, "No such file"),
      ("/tmp/cut.pcap", 1, "at byte 44, after packet 1"), ("/tmp/cut.pcap 192.0.2.1", 1, "no packets of 192.0.2.1"),
      ("/tmp/cut.pcap pid:x", 2, "pid:x"), ("/tmp/cut.pcap --csv --json", 2, "not both"),
      ("/tmp/cut.pcap --write 1", 2, "--write 1 out.pcapng"), ("/tmp/cut.pcap --write 5 /tmp/out.pcapng", 1, ""),
    ]
    for (words, status, message) in cases {
      let result = try headwater.shell(#""$HEADWATER" pcap \#(words)"#)
      #expect(result.status == status, "\(words): \(result.stdout)\(result.stderr)")
      #expect(
        message.isEmpty || (result.stdout + result.stderr).contains(message),
        "\(words): \(result.stdout)\(result.stderr)")
    }
    #expect(try host.run(["ls", "/tmp/out.pcapng"]).status != 0)
  }
}
