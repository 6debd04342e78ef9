import Foundation
import Glibc
import Lab
import Testing

/// Names that strangers chose: of processes, containers, hosts, paths, sites and settings. None of them may reach the
/// terminal as anything but visible text.
@Suite(.requires(Requirement.host + [.built("headwater"), .program("python3")]))
struct ForeignTextTests {
  /// An escape sequence, a line of its own, a change of the writing direction, a C1 control and what is no UTF-8.
  private static let hostile = "x\u{1B}[31m\nINJECTED\u{202E}\u{9B}2J"

  /// A process of that name and command line whose connections come and go, once on the host and once in what a Docker
  /// engine calls a container; both names, and the host's, are hostile.
  private static let program = """
    import ctypes, http.server, json, os, socket, socketserver, subprocess, sys, threading, time
    libc = ctypes.CDLL(None, use_errno=True)
    hostile = "x\\x1b[31m\\nINJECTED\\u202e\\x9b2J"
    socket.sethostname("h\\x1b[31m\\nI\\u202e")
    def talk():
        libc.prctl(15, b"a\\x1b[31m\\n\\xe2\\x80\\xae\\xff", 0, 0, 0)
        server = socket.create_server(("127.0.0.1", 4000))
        while True:
            client = socket.create_connection(("127.0.0.1", 4000))
            peer, _ = server.accept()
            client.sendall(b"GET /a HTTP/1.1\\r\\nHost: site\\x1b[31m\\x9b.example\\r\\n\\r\\n" + b"y" * 20000)
            peer.recv(30000)
            client.close(), peer.close()
            time.sleep(0.02)
    child = os.fork()
    if child == 0:
        libc.unshare(0x40000000)
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        talk()
    identity = "ab" * 32
    container = {"Id": identity, "Name": "/" + hostile, "Names": ["/" + hostile], "Image": hostile,
                 "Labels": {hostile: hostile}, "State": {"Status": "running", "Running": True, "Pid": child},
                 "Config": {"Image": hostile, "Labels": {hostile: hostile}},
                 "NetworkSettings": {"Networks": {hostile: {"IPAddress": "172.17.0.2"}}}}
    class Engine(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        def address_string(self): return ""
        def log_message(self, *words): pass
        def do_GET(self):
            if self.path == "/version": answer = {"ApiVersion": "1.44", "MinAPIVersion": "1.24", "Version": hostile}
            elif self.path.endswith("/containers/json?all=1"): answer = [dict(container, State="running")]
            elif self.path.endswith("/json"): answer = container
            else: answer = []
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
    class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer): pass
    engine = Server("/run/docker.sock", Engine)
    threading.Thread(target=engine.serve_forever, daemon=True).start()
    print("up", os.getpid(), flush=True)
    talk()
    """

  private func isVisible(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
      scalar == "\n" || scalar == "\r"
        || ![.control, .format, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
    } && !text.split(separator: "\n").contains { $0.drop { $0 == " " }.hasPrefix("INJECTED") }
  }

  /// Runs `headwater` with `words`; that what it printed is visible text, and holds `expected` written out.
  private func check(
    _ host: TestHost, _ words: [String], shows expected: String = "", environment: [String: String] = [:],
    status: ClosedRange<Int32> = 0...4
  ) throws {
    let result = try host.run([Executables.path()] + words, environment: environment)
    let text = result.stdout + result.stderr
    #expect(isVisible(text), "\(words): \(text.debugDescription)")
    #expect(expected.isEmpty || text.contains(expected), "\(words): \(text)")
    #expect(status.contains(result.status) && !result.timedOut, "\(words): \(result)")
  }

  @Test func `names of processes, containers and hosts are written out by every command that measures`() throws {
    let host = try TestHost("foreign")
    defer { host.stop() }
    let stranger = try host.start(["python3", "-c", Self.program, Self.hostile])
    try stranger.waitFor("up")
    defer { stranger.stop() }
    let pid = try #require(stranger.output.split(whereSeparator: \.isWhitespace).last.map(String.init))
    let process = #"a\x1b[31m\n\u{202e}"#
    let container = #"x\x1b[31m\nINJECTED\u{202e}\x9b2J"#
    let short = ["--for", "0.5"]
    for by in ["process", "container", "unit", "service", "remote", "interface", "name", "host"] {
      try check(host, ["top", "--once", "-v", "--by", by] + short, status: 0...0)
    }
    try check(host, ["top", "--once"] + short, shows: process)
    try check(host, ["top", "--once", "--by", "container"] + short, shows: container)
    try check(host, ["trace", "-v"] + short, shows: process, status: 0...0)
    try check(host, ["trace", ":4000"] + short, shows: process, status: 0...0)
    try check(host, ["inspect", pid, "-v"] + short, shows: process, status: 0...0)
    try check(
      host, ["inspect", pid, "--follow", "1", "-v"] + short, shows: "\(process)\u{FFFD}[\(pid)] connect", status: 0...0)
    try check(host, ["relays", "-v"] + short)
    try check(host, ["doctor"], shows: container, status: 0...0)
    try check(host, ["collect", "-v", "-o", "/tmp/\(Self.hostile).tar.gz"] + short, shows: container, status: 0...0)
    try check(host, ["trace", "--bundle", "/tmp/\(Self.hostile).tar.gz", "-v"], shows: process, status: 0...0)
    // A program reads the same names out of a document, which a terminal may show as well.
    for words in [["trace"], ["top", "--once"], ["inspect", pid], ["inspect", pid, "--follow", "1"]] {
      try check(host, words + ["--json"] + short, shows: #"a\u001b[31m\n\u202e"#)
    }
    try check(host, ["doctor", "--json"], shows: #"\u001b[31m\nINJECTED\u202e\u009b2J"#, status: 0...0)
  }

  @Test func `paths, log lines, settings and words of the command line are written out`() throws {
    let host = try TestHost("words")
    defer { host.stop() }
    let written = #"x\x1b[31m\nINJECTED\u{202e}\x9b2J"#
    let line =
      "192.0.2.1 - - [10/Mar/2025:00:00:00 +0000] \"GET /\(Self.hostile) HTTP/1.1\" 200 10 \"-\" \"a\u{1B}[31m\"\n"
    let log = "/tmp/\(Self.hostile).log"
    try host.write(log, String(repeating: line, count: 5) + "no request\u{1B}[31m\n")
    try host.write("/root/\(Self.hostile).yaml", "\"\(#"x\e[31m\nINJECTED\u202e\x9b2J"#)\": 1\n")
    try host.write(
      "/root/.config/headwater/config.yaml",
      "sets:\n  \"\(#"x\e[31m\nINJECTED\u202e\x9b2J"#)\": [192.0.2.0/24]\nplaces: [\"\(#"/x\e[31m\nINJECTED"#)\"]\n")
    try host.write("/root/.config/headwater/sets/\(Self.hostile).json", "x")
    try host.write("/tmp/\(Self.hostile).list", "192.0.2.0/24\nx\u{1B}[31m\n")

    for words in [["-v"], ["--by", "file"], ["--csv", "--by", "file"], ["--json"]] {
      try check(host, ["logs", log] + words)
    }
    try check(host, ["logs", log, "-v"], shows: "reading /tmp/\(written).log")
    try check(host, ["logs", "/tmp/missing\(Self.hostile)"], shows: written, status: 1...1)
    try check(host, ["sets", "list", "-v"])
    try check(host, ["sets", "import", "good", "/tmp/\(Self.hostile).list"])
    try check(host, ["sets", "import", Self.hostile, "/tmp/\(Self.hostile).list"], shows: written, status: 2...2)
    try check(host, ["sets", "forget", Self.hostile], status: 1...2)
    for command in [["hosts"], ["trace"], ["sets", "list"]] {
      try check(host, command + ["--hosts", "/root/\(Self.hostile).yaml"], shows: written)
    }
    try check(host, ["hosts", "add", Self.hostile], status: 2...2)
    try check(host, ["hosts", "add", "good", Self.hostile], shows: written, status: 2...2)
    try check(host, ["hosts", "forget", Self.hostile], status: 1...4)
    try check(host, ["hosts", "check", "nowhere.example", "-v"], environment: ["XDG_RUNTIME_DIR": "/\(Self.hostile)$"])
    for words in [
      ["trace", Self.hostile], ["inspect", Self.hostile], ["nat", Self.hostile], ["relays", Self.hostile],
      ["trace", "--bundle", "/\(Self.hostile)"], ["top", "--by", Self.hostile], [Self.hostile, "x"],
      ["trace", "--\(Self.hostile)"], ["trace", "a", Self.hostile], ["logs", "--since", Self.hostile, "/x"],
      ["collect", "-o", "/\(Self.hostile)/\(Self.hostile)", "--for", "0.1"], ["help", Self.hostile],
      ["trace", "--host", Self.hostile],
    ] { try check(host, words) }
    try check(host, ["doctor"], environment: ["DOCKER_HOST": "unix:///\(Self.hostile)"])
  }
}
