import Documents
import Flows
import Foundation
import Lab
import Tracing

/// A client and a server with names: sites over TLS and plain HTTP, and the DNS that leads to them.
///
/// `git.lab.example` is an alias of `edge.lab.example`; every other name below `lab.example` is the server itself. The
/// server's addresses are 10.7.0.2 and fd00:7::2.
final class NamesLab {
  let client: TestHost
  let server: TestHost
  private let program: BackgroundProcess

  static let requirements: [Requirement] =
    Requirement.host + [.program("openssl"), .program("curl"), .built("headwater")]

  init() throws {
    client = try TestHost("client")
    server = try TestHost("server")
    try Wire(client.plug("eth0", "10.7.0.1/24", "fd00:7::1/64"), server.plug("eth0", "10.7.0.2/24", "fd00:7::2/64"))
    program = try Self.serve(on: server, address: "10.7.0.2")
    try Self.resolve(client, at: "10.7.0.2")
  }

  func stop() { [client, server].forEach { $0.stop() } }

  /// Starts the sites and the DNS of `lab.example` on `host`: TLS on 443 and 9443, HTTP on 80 and 8081, echo on 7000.
  static func serve(on host: TestHost, address: String) throws -> BackgroundProcess {
    let files = try Nginx.certificate(for: "lab.example", on: host)
    try host.write("/run/sites.py", sites)
    let program = try host.start(["python3", "-u", "/run/sites.py", address, files.certificate, files.key])
    try program.waitFor("ready", timeout: .seconds(20))
    return program
  }

  /// Lets `machine` ask the DNS at `address`.
  static func resolve(_ machine: any Machine, at address: String) throws {
    try machine.write("/etc/resolv.conf", "nameserver \(address)\noptions timeout:2 attempts:2\n")
  }

  /// Fetches `url` with curl, in a connection of its own.
  static func fetch(_ url: String, from machine: any Machine, _ options: String...) throws {
    try machine.output(
      of: ["curl", "--insecure", "--silent", "--show-error", "--output", "/dev/null"] + options + [url])
  }

  private static let sites = #"""
    import socket, socketserver, ssl, struct, sys, threading
    address, certificate, key = sys.argv[1:]

    class Site(socketserver.StreamRequestHandler):
        def handle(self):
            try:
                while line := self.rfile.readline():
                    if line in (b'\r\n', b'\n'):
                        self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok')
                        return
            except OSError: pass

    class Echo(socketserver.StreamRequestHandler):
        def handle(self): self.wfile.write(self.rfile.readline())

    class Server(socketserver.ThreadingTCPServer):
        address_family = socket.AF_INET6
        allow_reuse_address = daemon_threads = True
        request_queue_size = 128
        context = None
        def handle_error(self, *_): pass
        def get_request(self):
            connection, peer = super().get_request()
            connection.settimeout(5)
            if self.context: connection = self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
            return connection, peer

    def answer(query):
        identity, = struct.unpack('>H', query[:2])
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode().lower()); at += 1 + query[at]
        kind, = struct.unpack('>H', query[at + 1:at + 3])
        question, name = query[12:at + 5], '.'.join(labels)
        records = []
        owner = b'\xc0\x0c'
        if name == 'git.lab.example':
            alias = b'\4edge\3lab\7example\0'
            records.append(owner + struct.pack('>HHIH', 5, 1, 60, len(alias)) + alias)
            owner = alias
        if name.endswith('lab.example'):
            if kind == 1: records.append(owner + struct.pack('>HHIH', 1, 1, 60, 4) + socket.inet_aton(address))
            if kind == 28 and name.startswith('six.'):
                records.append(owner + struct.pack('>HHIH', 28, 1, 60, 16) + socket.inet_pton(socket.AF_INET6, 'fd00:7::2'))
        return struct.pack('>HHHHHH', identity, 0x8180 if records or kind == 28 else 0x8183, 1, len(records), 0, 0) + question + b''.join(records)

    class DatagramDNS(socketserver.BaseRequestHandler):
        def handle(self): self.request[1].sendto(answer(self.request[0]), self.client_address)

    class StreamDNS(socketserver.StreamRequestHandler):
        def handle(self):
            while len(head := self.rfile.read(2)) == 2:
                reply = answer(self.rfile.read(struct.unpack('>H', head)[0]))
                self.wfile.write(struct.pack('>H', len(reply)) + reply)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(['http/1.1'])
    servers = [Server(('::', port), handler) for port, handler in
               ((443, Site), (9443, Site), (80, Site), (8081, Site), (7000, Echo), (53, StreamDNS))]
    servers[0].context = servers[1].context = context
    servers.append(socketserver.ThreadingUDPServer((address, 53), DatagramDNS))
    for server in servers: threading.Thread(target=server.serve_forever, daemon=True).start()
    print('ready')
    threading.Event().wait()
    """#
}

extension Interval {
  /// All names that were read, without those that have none.
  var readNames: Set<String> { Set((names ?? []).compactMap(\.name)) }
}

extension TraceDocument {
  /// The hops of all chains that have a name.
  var namedHops: [Hop] { chains.flatMap(\.hops).filter { $0.name != nil } }
}
