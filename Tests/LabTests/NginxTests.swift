import Glibc
import Lab
import Testing

@Suite(.requires(Nginx.streamRequirements)) struct NginxLabTests {
  @Test func `nginx answers over TLS, through an upstream and through a stream, and ends`() throws {
    let host = try TestHost("nginx")
    defer { host.stop() }
    let (certificate, key) = try Nginx.certificate(for: "lab.example", on: host)
    let nginx = try Nginx(
      Nginx.configuration(
        http: """
          upstream back { server 127.0.0.1:8080; keepalive 4; }
          server {
            listen 443 ssl; server_name lab.example;
            ssl_certificate \(certificate); ssl_certificate_key \(key);
            location / { proxy_pass http://back; proxy_http_version 1.1; proxy_set_header Connection ""; }
          }
          server { listen 127.0.0.1:8080; return 200 "from the back\\n"; }
          """,
        stream: "server { listen 8443; proxy_pass 127.0.0.1:443; }", workers: 2), on: host)
    defer { nginx.stop() }
    #expect(nginx.workers.count == 2)
    for port in [443, 8443] {
      let answer = try host.output(of: ["python3", "-c", Self.get, certificate, "\(port)"])
      #expect(answer == "from the back\n")
    }
    let old = nginx.workers
    try nginx.reload(Nginx.configuration(http: "server { listen 127.0.0.1:81; return 204; }"))
    #expect(nginx.workers.contains { !old.contains($0) })
    let master = try #require(nginx.master)
    nginx.stop()
    #expect(nginx.master == nil)
    #expect(kill(master, 0) != 0)
  }

  private static let get = """
    import ssl, sys, socket
    context = ssl.create_default_context(cafile=sys.argv[1])
    raw = socket.create_connection(("127.0.0.1", int(sys.argv[2])), 10)
    sock = context.wrap_socket(raw, server_hostname="lab.example")
    sock.sendall(b"GET / HTTP/1.1\\r\\nHost: lab.example\\r\\nConnection: close\\r\\n\\r\\n")
    text = b""
    while part := sock.recv(4096): text += part
    sys.stdout.write(text.split(b"\\r\\n\\r\\n", 1)[1].decode())
    """
}
