import Flows
import Foundation
import Lab
import Questions
import Testing

/// Nobody makes root's `collect` read what they could not read themselves.
@Suite(
  .requires(
    Requirement.host + [
      .program("setpriv"), .program("dash"), .program("bash"), .program("busybox"), .built("headwater"),
    ]), .serialized)
struct CollectLeakTests {
  /// A program that talks to itself, so that it is among what moved.
  private static let talker = """
    import socket, threading, time
    l = socket.create_server(("127.0.0.1", 0))
    def serve():
      c, _ = l.accept()
      while c.recv(9999): pass
    threading.Thread(target=serve, daemon=True).start()
    c = socket.create_connection(l.getsockname()); print("ready", flush=True); end = time.time() + 60
    while time.time() < end: c.send(b"x" * 1000); time.sleep(.05)
    """

  /// What only root reads, what only user 1000 reads, and how nobody could name them.
  private func prepare(_ host: TestHost) throws {
    try host.write("/run/talker.py", Self.talker)
    try host.write("/run/leak/private", "PLANTED-ROOT\n# PLANTED-ROOT\nlisten PLANTED-ROOT\n  bind :1\n", mode: "600")
    try host.write("/run/leak/of1000", "listen PLANTED-1000\n  bind :1\n", mode: "600")
    try host.output(of: [
      "bash", "-ec",
      """
      chmod 755 /run/leak /run; chown 1000 /run/leak/of1000; mkdir -p /run/leak/evil; cd /run/leak/evil
      for name in haproxy nginx openvpn; do cp "$(readlink -f /usr/bin/python3)" $name; done
      ln -s /run/leak/private link; ln -s .. up; ln -s link chain; ln /run/leak/private hard; mkfifo fifo
      printf 'listen PUBLIC-OWN\\n  bind :81\\n' > own; printf 'include /run/leak/evil/*.d;\\n' > including
      ln -s /run/leak/private one.d; chown -hR 65534:65534 .; chown 0 hard
      """,
    ])
  }

  private static let nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
  private static let names = [
    "/run/leak/private", "/run/leak/of1000", "/run/leak/evil/link", "/run/leak/evil/chain", "/run/leak/evil/hard",
    "/run/leak/evil/up/private",
    "/run/leak/evil/../private", "../private", "/run/leak/evil/fifo", "/etc/shadow", "/proc/self/environ",
    "/proc/1/environ",
    "/dev/zero",
  ]

  /// Programs of nobody's that call themselves what is collected, each with one of `names`.
  private func intruders(_ host: TestHost) throws -> [BackgroundProcess] {
    let run = #"exec(open("/run/talker.py").read())"#
    var processes: [BackgroundProcess] = []
    for name in Self.names + ["/run/leak/evil/own"] {
      let kinds = name == "/run/leak/evil/own" ? [["haproxy"]] : [["haproxy"], ["openvpn"], ["nginx"]]
      for kind in kinds {
        let words = [
          "haproxy": ["-f", name], "openvpn": ["--config", name, "--status", name], "nginx": ["-c", name],
        ]
        let command = ["./\(kind[0])", "-c", run] + (words[kind[0]] ?? [])
        processes.append(
          try host.start(Self.nobody + ["sh", "-c", #"cd /run/leak/evil && exec "$@""#, "sh"] + command))
      }
    }
    processes.append(
      try host.start(Self.nobody + ["/run/leak/evil/nginx", "-c", run, "-c", "/run/leak/evil/including"]))
    for process in processes { try process.waitFor("ready") }
    return processes
  }

  private func check(_ whole: String, _ host: TestHost) throws {
    for secret in ["PLANTED-ROOT", "PLANTED-1000", "PLANTED-ENVIRONMENT"] { #expect(!whole.contains(secret)) }
    let shadow = try host.output(of: ["cat", "/etc/shadow"]).split(separator: "\n").filter { $0.count > 12 }
    for line in shadow { #expect(!whole.contains(line)) }
    #expect(whole.contains("PUBLIC-OWN"), "what the process itself may read is there")
  }

  @Test func `the program collects nothing that a stranger could not read`() throws {
    let host = try TestHost("leak")
    defer { host.stop() }
    try prepare(host)
    let processes = try intruders(host)
    var headwater = Headwater(machine: host)
    headwater.environment = ["SECRET": "PLANTED-ENVIRONMENT"]
    let result = try headwater.run("collect", "--for", "2", "-o", "/root/bundle.tgz", timeout: .seconds(60))
    #expect(result.status == 0, "\(result.stderr)")
    #expect(result.stderr.contains("not read: ") && result.stderr.contains("uid 65534"), "\(result.stderr)")
    try check(host.output(of: ["tar", "-xzOf", "/root/bundle.tgz"]) + result.stderr + result.stdout, host)
    // What is traced, and looked for in logs, is read by the same readers.
    for arguments in [["trace", "--for", "1", "--json"], ["relays", "--for", "1", "--json"], ["logs", "--json"]] {
      let told = try host.run(
        [Executables.path()] + arguments, timeout: .seconds(60), environment: headwater.environment)
      for secret in ["PLANTED-ROOT", "PLANTED-1000", "PLANTED-ENVIRONMENT"] {
        #expect(!(told.stdout + told.stderr).contains(secret), "\(arguments)")
      }
    }
    processes.forEach { $0.stop() }
  }

  @Test(arguments: [["dash"], ["bash"], ["busybox", "sh"]])
  func `the script collects nothing that a stranger could not read`(_ shell: [String]) throws {
    let host = try TestHost("leak")
    defer { host.stop() }
    try prepare(host)
    let processes = try intruders(host)
    try host.write("/root/collect.sh", try Headwater(machine: host).run("collect", "--script").stdout)
    let result = try host.run(
      ["sh", "-c", #"exec "$@" /root/collect.sh > /root/bundle.tgz"#, "sh"] + shell, timeout: .seconds(90),
      environment: ["SECRET": "PLANTED-ENVIRONMENT"])
    #expect(result.status == 0 && result.stderr.contains("not read: /run/leak/private"), "\(result.stderr)")
    try check(host.output(of: ["tar", "-xzOf", "/root/bundle.tgz"]) + result.stderr, host)
    processes.forEach { $0.stop() }
  }

  @Test(.requires(RunningProbe.needs)) func `root's probe collects nothing that a stranger could not read`()
    async throws
  {
    let host = try TestHost("leak")
    defer { host.stop() }
    try prepare(host)
    let processes = try intruders(host)
    let probe = try await RunningProbe(on: host, environment: ["SECRET": "PLANTED-ENVIRONMENT"])
    let files = try await probe.remote.files(of: processes.compactMap(\.pidInHost))
    #expect(files.contains { $0.unread?.contains("uid 65534") == true })
    try check(files.map { String(decoding: $0.content, as: UTF8.self) + ($0.unread ?? "") }.joined(), host)
    #expect(
      files.filter { $0.unread == nil }.map(\.path).sorted() == ["/run/leak/evil/including", "/run/leak/evil/own"])
    probe.process.stop()
    processes.forEach { $0.stop() }
  }

  @Test func `a link in a stranger's folder, which root's own nginx includes, is not followed to root's file`() throws {
    let host = try TestHost("leak")
    defer { host.stop() }
    try prepare(host)
    try host.output(of: [
      "bash", "-ec",
      "mkdir -p /run/leak/root; cp /run/leak/evil/nginx /run/leak/root/; chown -R 0 /run/leak/root; echo x > /run/leak/evil/x.d",
    ])
    try host.write("/run/leak/root/nginx.conf", "include /run/leak/evil/*.d;\n", mode: "600")
    let process = try host.start([
      "/run/leak/root/nginx", "-c", #"exec(open("/run/talker.py").read())"#, "-c", "/run/leak/root/nginx.conf",
    ])
    try process.waitFor("ready")
    let result = try Headwater(machine: host).run("collect", "--for", "1", "-o", "/root/bundle.tgz")
    let whole = try host.output(of: ["tar", "-xzOf", "/root/bundle.tgz"])
    #expect(whole.contains("include /run/leak/evil/*.d;") && !whole.contains("PLANTED-ROOT"))
    #expect(result.stderr.contains("/run/leak/evil/one.d"), "\(result.stderr)")
    process.stop()
  }

  @Test(.requires(Nginx.requirements + [.program("haproxy")]))
  func `what root's proxies may read is collected, also after they gave up root`() throws {
    let host = try TestHost("legitimate")
    defer { host.stop() }
    let nginx = try Nginx(
      """
      user nobody nogroup;
      events {}
      http { server { listen 127.0.0.1:8081; server_name nginx.example; location / { return 204; } } }
      """, on: host, files: [:])
    defer { nginx.stop() }
    let text = { (name: String, port: Int, global: String) in
      """
      global
        \(global)
      defaults
        mode tcp
        timeout connect 5s
        timeout client 30s
        timeout server 30s
      listen \(name)
        bind 127.0.0.1:\(port)
        server s 127.0.0.1:9000

      """
    }
    let proxies = try [
      HAProxy(text("asroot", 8082, "maxconn 100"), on: host, file: "/etc/haproxy/root.cfg"),
      HAProxy(text("master", 8083, "user nobody"), on: host, file: "/etc/haproxy/master.cfg", isMaster: true),
      HAProxy(text("dropped", 8084, "user nobody\n group nogroup"), on: host, file: "/etc/haproxy/dropped.cfg"),
    ]
    defer { proxies.forEach { $0.stop() } }
    try host.output(of: ["bash", "-c", "chmod 600 /etc/haproxy/*.cfg /etc/nginx/nginx.conf; chmod 755 /etc/haproxy"])
    let sink = try Traffic.serve(on: host, port: 9000)
    let recording = try Headwater(machine: host).start("collect", "--for", "3", "-o", "/root/bundle.tgz")
    for port in 8082...8084 { try Traffic.send(.bulk(bytes: 100_000), from: host, to: "127.0.0.1", port: port) }
    try host.output(of: [
      "bash", "-c", "for i in 1 2 3; do curl -s http://127.0.0.1:8081/ -o /dev/null; sleep .2; done",
    ])
    let result = try recording.process.wait(timeout: .seconds(40))
    _ = try sink.stop()
    #expect(result.status == 0 && !result.stderr.contains("not read"), "\(result.stderr)")
    let names = try host.output(of: ["tar", "-tzf", "/root/bundle.tgz"])
    for name in ["haproxy/root.cfg", "haproxy/master.cfg", "haproxy/dropped.cfg", "nginx/nginx.conf"] {
      #expect(names.contains("files/etc/\(name)"), "\(name)")
    }
    // The same by the script, but for the one that gave up root and left no master.
    try host.write("/root/collect.sh", try Headwater(machine: host).run("collect", "--script").stdout)
    let told = try host.run(["sh", "-c", "sh /root/collect.sh > /root/script.tgz"], timeout: .seconds(60))
    let scripted = try host.output(of: ["tar", "-tzf", "/root/script.tgz"])
    for name in ["haproxy/root.cfg", "haproxy/master.cfg", "nginx/nginx.conf"] {
      #expect(scripted.contains("files/etc/\(name)"), "\(name)")
    }
    #expect(told.stderr.contains("not read: /etc/haproxy/dropped.cfg"), "\(told.stderr)")
  }

  @Test(.requires(OpenVPN.requirements)) func `an OpenVPN that runs as nobody is collected with its status`() throws {
    let (server, client) = try (TestHost("server"), TestHost("client"))
    defer { [server, client].forEach { $0.stop() } }
    try Wire(server.plug("eth0", "10.0.7.1/24"), client.plug("eth0", "10.0.7.2/24"))
    var settings = OpenVPN.Settings()
    settings.lines = ["user nobody", "group nogroup", "persist-tun", "persist-key"]
    settings.statusFile = "/run/openvpn-status.log"
    let vpn = try OpenVPN.server(on: server, settings)
    let peer = try OpenVPN.client("tke-node1", on: client, server: "10.0.7.1")
    defer {
      peer.stop()
      vpn.stop()
    }
    try server.output(of: ["bash", "-c", "chmod 600 /etc/openvpn/server.conf /run/openvpn-status.log"])
    try waitUntil("the client in the status file") {
      try server.output(of: ["cat", "/run/openvpn-status.log"]).contains("tke-node1")
    }
    let recording = try Headwater(machine: server).start("collect", "--for", "3", "-o", "/root/bundle.tgz")
    try client.output(of: ["ping", "-c", "8", "-i", "0.2", "172.16.248.1"])
    let result = try recording.process.wait(timeout: .seconds(40))
    #expect(result.status == 0 && !result.stderr.contains("not read"), "\(result.stderr)")
    let whole = try server.output(of: ["tar", "-xzOf", "/root/bundle.tgz"])
    #expect(whole.contains("client-config-dir") && whole.contains("tke-node1,10.0.7.2"))
  }

  /// Of every kind that people have on a host: no value of them leaves it.
  @Test(.requires(Requirement.docker + Nginx.requirements + [.program("haproxy"), .program("curl")]))
  func `planted secrets are in no bundle, by the program or the script`() throws {
    let lab = try DockerLab()
    defer { lab.stop() }
    let host = lab.host
    try prepare(host)
    let certificate = try Nginx.certificate(for: "a.example", on: host)
    let key = try host.output(of: ["cat", certificate.key]).split(separator: "\n").filter { !$0.hasPrefix("-----") }
    try host.write("/etc/nginx/.htpasswd", "alice:$apr1$PLANT01\n", mode: "644")
    try host.write("/etc/nginx/snippet.conf", "proxy_set_header X-Key PLANT02;\n# PLANT03\n")
    let nginx = try Nginx(
      """
      user root;
      events {}
      env SECRET=PLANT04;
      http {
        log_format main '$remote_addr PLANT05x $request';
        map $http_x_api_key $allowed { PLANT06 1; default 0; }
        upstream app { server 127.0.0.1:9000; }
        server {
          listen 127.0.0.1:8081; listen 127.0.0.1:8443 ssl; server_name a.example;
          ssl_certificate \(certificate.certificate); ssl_certificate_key \(certificate.key);
          auth_basic "PLANT07"; auth_basic_user_file /etc/nginx/.htpasswd;
          set $token PLANT08; include /etc/nginx/snippet.conf;
          location /hook/PLANT09 { return 301 https://u:PLANT10@b.example/x?key=PLANT11; }
          location / { auth_basic off; proxy_pass http://app/PLANT12/; proxy_set_header Authorization "Basic PLANT13"; }
          add_header Set-Cookie "PLANT14=1"; # PLANT15
        }
      }
      """, on: host)
    defer { nginx.stop() }
    let haproxy = try HAProxy(
      """
      # PLANT20
      global
        setenv KEY PLANT21
        stats socket /run/haproxy.sock mode 600 level admin
      userlist admins
        user admin insecure-password PLANT22
      defaults
        mode http
        timeout connect 5s
        timeout client 30s
        timeout server 30s
      frontend web
        bind 127.0.0.1:8082
        stats enable
        stats uri /PLANT23
        stats auth admin:PLANT24
        acl ok req.hdr(X-Api-Key) -m str PLANT25
        http-request set-header Authorization "Bearer PLANT26"
        http-request redirect location https://u:PLANT27@example.com/?token=PLANT28 if ok
        default_backend app
      backend app
        server s 127.0.0.1:8081 # PLANT29

      """, on: host)
    defer { haproxy.stop() }
    _ = try lab.daemon.docker.container(
      name: "secrets", command: ["python3", "-u", "-c", Self.talker, "--password", "PLANT30", "TOKEN=PLANT31"],
      options: ["-e", "SECRET=PLANT32", "--label", "db.password=PLANT33", "--label", "com.docker.compose.project=shop"])
    let commands = [
      ["--password", "PLANT40"], ["-pPLANT41"], ["https://u:PLANT42@h/x/PLANT43?k=PLANT44"], ["PLANT45"],
      ["--header", "Authorization: Bearer PLANT46"], ["DATABASE_URL=postgres://u:PLANT47@h/db"],
    ]
    let processes = try commands.map {
      try host.start(["python3", "-u", "/run/talker.py"] + $0, environment: ["SECRET": "PLANT48"])
    }
    for process in processes { try process.waitFor("ready") }
    let sink = try Traffic.serve(on: host, port: 9000)
    let recording = try Headwater(machine: host).start("collect", "--for", "3", "-o", "/root/bundle.tgz")
    for _ in 0..<5 {
      try host.run(["curl", "-s", "-m", "1", "-H", "X-Key: PLANT49", "http://127.0.0.1:8082/x/PLANT50?token=PLANT51"])
    }
    let result = try recording.process.wait(timeout: .seconds(40))
    #expect(result.status == 0, "\(result.stderr)")
    try host.write("/root/collect.sh", try Headwater(machine: host).run("collect", "--script").stdout)
    let told = try host.run(["sh", "-c", "sh /root/collect.sh > /root/script.tgz"], timeout: .seconds(90))
    _ = try sink.stop()
    for (name, said) in [("bundle", result.stderr), ("script", told.stderr)] {
      let whole = try host.output(of: ["sh", "-c", "tar -tzf /root/\(name).tgz; tar -xzOf /root/\(name).tgz"]) + said
      for line in whole.split(separator: "\n") where line.contains("PLANT") {
        let place = line.firstRange(of: "PLANT").map { String(line[$0.lowerBound...].prefix(60)) } ?? ""
        let before = line.firstRange(of: "PLANT").map { String(line[..<$0.lowerBound].suffix(120)) } ?? ""
        Issue.record("\(name): \(before)\(place)")
      }
      for line in key { #expect(!whole.contains(line)) }
      for needed in ["server s 127.0.0.1:8081", "proxy_pass http://app/;", "server_name a.example;"] {
        #expect(whole.contains(needed), "\(name): \(needed)")
      }
      #expect(said.contains("left out"), "\(said)")
    }
    processes.forEach { $0.stop() }
  }

  @Test func `a bundle is written in one step, and only where it can be`() throws {
    let host = try TestHost("output")
    defer { host.stop() }
    let headwater = Headwater(machine: host)
    // At once, not when everything has been recorded.
    let began = ContinuousClock.now
    let refused = try headwater.run("collect", "--for", "30", "-o", "/nowhere/x.tgz", timeout: .seconds(20))
    #expect(
      refused.status != 0 && refused.stderr.contains("/nowhere/x.tgz") && ContinuousClock.now - began < .seconds(15))
    try host.write("/run/victim", "old")
    try host.output(of: ["ln", "-s", "/run/victim", "/tmp/planted.tgz"])
    let planted = try headwater.run("collect", "--for", "30", "-o", "/tmp/planted.tgz")
    #expect(planted.status != 0 && planted.stderr.contains("/tmp/planted.tgz"))
    #expect(try host.output(of: ["cat", "/run/victim"]) == "old")
    try host.output(of: [
      "sh", "-c",
      "mkdir /run/full && mount -t tmpfs -o size=64k none /run/full; head -c 99999 /dev/zero > /run/full/rest; true",
    ])
    let full = try headwater.run("collect", "--for", "0.5", "-o", "/run/full/x.tgz")
    #expect(full.status != 0 && full.stderr.contains("No space left on device"), "\(full.stderr)")
    #expect(try host.output(of: ["ls", "-A", "/run/full"]) == "rest\n")
    let written = try headwater.run("collect", "--for", "0.5", "-o", "/run/x.tgz")
    #expect(written.status == 0)
    #expect(try host.output(of: ["stat", "-c", "%a", "/run/x.tgz"]) == "600\n")
    let piped = try headwater.shell(#""$HEADWATER" collect --for 0.5 -o - | head -c 1 | wc -c"#)
    #expect(piped.stdout == "1\n" && !piped.stderr.contains("write"), "\(piped.stderr)")
  }

  @Test(arguments: ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"])
  func `without standard streams no file is written into by mistake`(_ closed: String) throws {
    let host = try TestHost("closed")
    defer { host.stop() }
    let command = #""$HEADWATER" collect --for 0.5 -o /run/x.tgz "# + closed
    _ = try Headwater(machine: host).shell("\(command)\necho $? > /run/status")
    #expect(try host.output(of: ["cat", "/run/status"]) == "0\n")
    #expect(try host.output(of: ["tar", "-tzf", "/run/x.tgz"]).contains("closed/host.json"))
  }
}
