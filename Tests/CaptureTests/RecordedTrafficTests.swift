import Capture
import Flows
import Lab
import Testing

/// What real clients send, recorded by tcpdump on the loopback of a test host.
@Suite(
  .requires(
    Requirement.host + ["tcpdump", "openssl", "curl", "busybox", "ss"].map { .program($0) }), .serialized)
struct RecordedTrafficTests {
  /// Servers for HTTPS and HTTP, and clients that ask them for different names; the third's ClientHello fills several
  /// segments, which the loopback must not join.
  private static let script = #"""
    set -e
    cd "$1"
    ip link set lo up
    ip link set dev lo mtu 1500 gso_max_segs 1
    openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=x 2>/dev/null
    tcpdump -i lo -U -w traffic.pcap 2>tcpdump.txt & dump=$!
    openssl s_server -accept 4433 -cert cert.pem -key key.pem -quiet -www >/dev/null 2>&1 & server=$!
    busybox httpd -f -p 127.0.0.1:8080 -h . & web=$!
    count=0
    until grep -q listening tcpdump.txt && ss -ltn | grep -q :4433 && ss -ltn | grep -q :8080; do
      count=$((count + 1)); [ $count -lt 100 ]; sleep 0.1
    done
    echo Q | openssl s_client -connect 127.0.0.1:4433 -servername One.Example.org >/dev/null 2>&1 || true
    echo Q | openssl s_client -connect 127.0.0.1:4433 -noservername >/dev/null 2>&1 || true
    python3 -c 'import ssl, socket
    context = ssl.create_default_context(); context.check_hostname = False; context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["x" * 200 + str(number) for number in range(40)])
    context.wrap_socket(socket.create_connection(("127.0.0.1", 4433)), server_hostname="large.example.org").close()'
    curl -s -o /dev/null http://127.0.0.1:8080/ -H 'Host: web.example.org:8080'
    curl -s -o /dev/null -x http://127.0.0.1:8080 http://proxied.example.org/x || true
    curl -sk -o /dev/null --resolve curl.example.org:4433:127.0.0.1 https://curl.example.org:4433/
    count=0
    until [ "$(tcpdump -r traffic.pcap 'tcp port 4433 and tcp[tcpflags] & tcp-syn != 0 and tcp[tcpflags] & tcp-ack = 0' 2>/dev/null | wc -l)" = 4 ]; do
      count=$((count + 1)); [ $count -lt 50 ]; sleep 0.1
    done
    kill -INT $dump; wait $dump || true
    kill $server $web
    """#

  @Test("openssl, Python and curl are named as they asked, also in a ClientHello of many segments")
  func names() throws {
    let host = try TestHost("names")
    defer { host.stop() }
    try host.write("/root/recording/script", Self.script)
    try host.output(of: ["sh", "/root/recording/script", "/root/recording"], timeout: .seconds(60))
    let file = hex(try host.output(of: ["od", "-An", "-v", "-tx1", "/root/recording/traffic.pcap"]))

    var reader = NameReader()
    var largest = 0
    var packets = 0
    try CaptureFile.read(file) { packet, frame in
      packets += 1
      let dissected = Dissector.dissect(frame, link: packet.link, wireLength: packet.wireLength)
      largest = max(largest, dissected.outer?.length ?? 0)
      reader.take(frame, dissected, time: packet.time ?? 0)
      return true
    }
    reader.finish()
    let names = reader.drain().names
    // The loopback did not join the segments, so the large one was in pieces.
    #expect(largest <= 1500 && packets > 40)
    #expect(
      names.map { "\($0.kind) \($0.flow.destination.port) \($0.name ?? $0.reason ?? "")" } == [
        "tls 4433 one.example.org", "tls 4433 the handshake names no server", "tls 4433 large.example.org",
        "http 8080 web.example.org", "http 8080 proxied.example.org", "tls 4433 curl.example.org",
      ])
  }
}
