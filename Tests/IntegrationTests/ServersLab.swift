import Lab

/// A host with a web server or proxy of each of several kinds, each in front of the same service, and who asks each of them
/// ten times a second for a site of its own.
final class ServersLab {
  let host: TestHost
  private var running: [BackgroundProcess] = []

  static let requirements =
    Nginx.requirements + [
      .built("headwater"), .program("apache2"), .program("haproxy"), .program("caddy"), .program("squid"),
      .program("python3"), .file("/usr/lib/apache2/modules/mod_proxy_http.so"),
    ]

  /// By its port: who serves, as documents call it, and for which site.
  static let served: [(port: Int, software: String, site: String)] = [
    (8001, "nginx", "nginx.example.com"), (8002, "apache", "apache.example.com"),
    (8003, "haproxy", "haproxy.example.com"),
    (8004, "caddy", "caddy.example.com"), (8005, "squid", "squid.example.com"), (8006, "nginx", "nameless.example.com"),
    (8007, "nginx", "one.example.com"),
  ]

  init() throws {
    host = try TestHost("servers")
    try host.output(of: ["sh", "-c", "mkdir -p /var/log/lab && chmod 777 /var/log/lab"])
    try host.write("/run/lab/nginx.conf", Self.nginx)
    try host.write("/run/lab/apache.conf", Self.apache)
    try host.write("/run/lab/sites/shop.conf", Self.shop)
    try host.write("/run/lab/haproxy.cfg", Self.haproxy)
    try host.write("/run/lab/caddyfile", Self.caddy)
    try host.write("/run/lab/squid.conf", Self.squid)
    try host.write("/run/lab/client.py", Self.client)
    for line in [
      "exec python3 -m http.server 9000 --bind 127.0.0.1 >/dev/null 2>&1", "exec nginx -c /run/lab/nginx.conf",
      "exec env SITES=/run/lab/sites apache2 -f /run/lab/apache.conf -DFOREGROUND",
      "exec haproxy -W -f /run/lab/haproxy.cfg >/var/log/lab/balancer.out 2>&1",
      "exec env HOME=/run/lab caddy run --config /run/lab/caddyfile --adapter caddyfile >/var/log/lab/console.out 2>&1",
      "exec squid -N -f /run/lab/squid.conf",
    ] { running.append(try host.start(["sh", "-c", line])) }
    try waitUntil("all servers to listen", timeout: .seconds(30), detail: { self.running.map(\.errors).joined() }) {
      let ports = try host.output(of: ["ss", "-Htln"])
      return ([9000] + Self.served.map(\.port)).allSatisfy { ports.contains(":\($0) ") }
    }
    running.append(try host.start(["python3", "/run/lab/client.py"] + Self.served.map { "\($0.port)=\($0.site)" }))
  }

  /// Waits until each of the logs has `count` lines.
  func awaitLines(_ count: Int) throws {
    let logs = "nginx.log apache.any balancer.out console.out squid.log nameless.example.com.log shared.log"
    try waitUntil("\(count) lines in each log", timeout: .seconds(30)) {
      try host.run([
        "sh", "-c",
        "cd /var/log/lab && for f in \(logs); do [ $(grep -c -e GET $f) -ge \(count) ] || exit 1; done",
      ]).status == 0
    }
  }

  func stop() {
    for process in running.reversed() { process.stop() }
    host.stop()
  }

  private static let nginx = """
    user root;
    daemon off;
    pid /run/lab/nginx.pid;
    events {}
    http {
      server { listen 8001; server_name nginx.example.com; access_log /var/log/lab/nginx.log;
        location / { proxy_pass http://127.0.0.1:9000; } }
      server { listen 8006 default_server; server_name _; access_log /var/log/lab/$host.log;
        location / { proxy_pass http://127.0.0.1:9000; } }
      server { listen 8007; server_name other.example.com; access_log /var/log/lab/shared.log;
        location / { proxy_pass http://127.0.0.1:9000; } }
      server { listen 8007; server_name one.example.com; access_log /var/log/lab/shared.log;
        location / { proxy_pass http://127.0.0.1:9000; } }
    }
    """

  private static let apache = """
    ServerRoot /run/lab
    PidFile /run/lab/apache.pid
    Listen 8002
    LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
    LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
    LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
    LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
    ServerName localhost
    User www-data
    Group www-data
    ErrorLog /var/log/lab/apache-error.log
    IncludeOptional ${SITES}/*.conf
    """

  private static let shop = #"""
    <VirtualHost *:8002>
      ServerName apache.example.com
      CustomLog /var/log/lab/apache.any "%h %l %u %t \"%r\" %>s %b"
      ProxyPass / http://127.0.0.1:9000/
    </VirtualHost>
    """#

  private static let haproxy = """
    global
      log stdout format raw local0
    defaults
      mode http
      log global
      option httplog
      timeout connect 5s
      timeout client 30s
      timeout server 30s
    frontend shop
      bind *:8003
      capture request header Host len 60
      default_backend web
    backend web
      server one 127.0.0.1:9000

    """

  private static let caddy = """
    {
      admin off
      auto_https off
    }
    :8004 {
      log {
        output stdout
      }
      reverse_proxy 127.0.0.1:9000
    }
    """

  private static let squid = """
    http_port 8005
    access_log stdio:/var/log/lab/squid.log
    cache_log /dev/null
    pid_filename /run/lab/squid.pid
    http_access allow all
    cache deny all
    coredump_dir /run/lab
    pinger_enable off
    hosts_file /run/lab/hosts
    """

  private static let client = #"""
    import socket, sys, threading, time

    def ask(port, site):
        # A forward proxy is asked for the whole address.
        target = "http://127.0.0.1:9000/api" if port == 8005 else "/api?token=SECRET"
        while True:
            try:
                peer = socket.create_connection(("127.0.0.1", port), 5)
                peer.sendall(f"GET {target} HTTP/1.1\r\nHost: {site}\r\nUser-Agent: lab/1\r\nConnection: close\r\n\r\n".encode())
                while peer.recv(65536): pass
                peer.close()
            except OSError:
                pass
            time.sleep(0.1)

    for word in sys.argv[1:]:
        port, site = word.split("=")
        threading.Thread(target=ask, args=(int(port), site)).start()
    """#
}
