import Foundation

/// nginx in a container as Nginx Proxy Manager sets it up: a file per proxy host below `/data/nginx`, the target in
/// variables, one access log per host below `/data/logs`, clients' addresses taken from `X-Real-IP` of private and
/// CDNs' addresses only.
///
/// `/data`, `/etc/letsencrypt` and `/etc/nginx` are folders of the host, below `/var/opt/npm`.
public struct ProxyManager: Sendable {
  /// A proxy host.
  public struct Site: Sendable {
    public let id: Int
    public let name: String
    /// A container's name on the same network, or an address.
    public let upstream: String
    public let port: Int

    public init(id: Int, name: String, upstream: String, port: Int) {
      self.id = id
      self.name = name
      self.upstream = upstream
      self.port = port
    }
  }

  public let container: Container
  public let sites: [Site]
  private let host: TestHost

  /// The certificate for all sites, in the host; it is its own authority.
  public static let certificate = "/var/opt/npm/letsencrypt/live/npm-1/fullchain.pem"

  /// Starts it, with the ports 80 and 443 published, and waits until it listens.
  ///
  /// - Parameters:
  ///   - options: of `docker run`, such as the network and the address.
  ///   - trusted: prefixes whose `X-Real-IP` is believed, besides private ones.
  public init(
    in docker: DockerHost, name: String = "npm", sites: [Site], options: [String] = [], trusted: [String] = []
  ) throws {
    host = docker.host
    self.sites = sites
    try host.output(of: [
      "mkdir", "-p", "/var/opt/npm/data/logs", "/var/opt/npm/data/nginx/proxy_host",
      "/var/opt/npm/letsencrypt/live/npm-1",
    ])
    try host.output(of: [
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
      "-subj", "/CN=\(sites.first?.name ?? "lab")",
      "-addext", "subjectAltName=" + sites.map { "DNS:\($0.name)" }.joined(separator: ","), "-out", Self.certificate,
      "-keyout", "/var/opt/npm/letsencrypt/live/npm-1/privkey.pem",
    ])
    for (path, text) in Self.fixedFiles { try host.write(path, text) }
    try host.write(
      "/var/opt/npm/nginx/conf.d/include/ip_ranges.conf", trusted.map { "set_real_ip_from \($0);\n" }.joined())
    for site in sites { try host.write("/var/opt/npm/data/nginx/proxy_host/\(site.id).conf", Self.file(of: site)) }
    container = try docker.docker.container(
      name: name,
      command: [
        "sh", "-c",
        #"mkdir -p /tmp/nginx/body /var/lib/nginx && exec nginx -e /data/logs/fallback_error.log -g "daemon off;""#,
      ],
      options: [
        "--volume", "/var/opt/npm/data:/data", "--volume", "/var/opt/npm/letsencrypt:/etc/letsencrypt:ro",
        "--volume", "/var/opt/npm/nginx:/etc/nginx:ro", "--publish", "80:80", "--publish", "443:443",
      ] + options)
    let container = container
    try waitUntil("nginx in \(name) to listen", every: 20_000, detail: { (try? container.logs()) ?? "" }) {
      try container.run(["sh", "-c", "grep -q ':01BB .* 0A ' /proc/net/tcp"]).status == 0
    }
  }

  /// The path of a site's access log, in the container.
  public static func log(of id: Int) -> String { "/data/logs/proxy-host-\(id)_access.log" }

  /// The lines of a site's access log so far.
  public func log(of id: Int) throws -> [String] {
    let text = try host.output(of: ["sh", "-c", #"cat "/var/opt/npm$1" 2>/dev/null || true"#, "sh", Self.log(of: id)])
    return text.split(separator: "\n").map(String.init)
  }

  private static func file(of site: Site) -> String {
    """
    # ------------------------------------------------------------
    # \(site.name)
    # ------------------------------------------------------------

    server {
      set $forward_scheme http;
      set $server         "\(site.upstream)";
      set $port           \(site.port);

      listen 80;
      listen [::]:80;
      listen 443 ssl;
      listen [::]:443 ssl;

      server_name \(site.name);

      ssl_certificate /etc/letsencrypt/live/npm-1/fullchain.pem;
      ssl_certificate_key /etc/letsencrypt/live/npm-1/privkey.pem;

      access_log \(log(of: site.id)) proxy;
      error_log /data/logs/proxy-host-\(site.id)_error.log warn;

      location / {
        include conf.d/include/proxy.conf;
      }

      include /data/nginx/custom/server_proxy[.]conf;
    }

    """
  }

  /// What is the same for all sites, by its path in the host.
  private static let fixedFiles = [
    "/var/opt/npm/nginx/nginx.conf": """
    user root;
    worker_processes 2;
    pid /run/nginx.pid;
    error_log /data/logs/fallback_error.log warn;
    events { worker_connections 1024; }

    http {
      server_tokens off;
      client_body_temp_path /tmp/nginx/body 1 2;
      include /etc/nginx/conf.d/include/log.conf;
      include /etc/nginx/conf.d/include/resolvers.conf;

      real_ip_header X-Real-IP;
      real_ip_recursive on;
      set_real_ip_from 10.0.0.0/8;
      set_real_ip_from 172.16.0.0/12;
      set_real_ip_from 192.168.0.0/16;
      include /etc/nginx/conf.d/include/ip_ranges.conf;

      include /etc/nginx/conf.d/*.conf;
      include /data/nginx/default_host/*.conf;
      include /data/nginx/proxy_host/*.conf;
      include /data/nginx/redirection_host/*.conf;
      include /data/nginx/dead_host/*.conf;
    }

    """,
    "/var/opt/npm/nginx/conf.d/include/log.conf": """
    log_format proxy '[$time_local] $upstream_cache_status $upstream_status $status - $request_method $scheme $host "$request_uri" [Client $remote_addr] [Length $body_bytes_sent] [Gzip $gzip_ratio] [Sent-to $server] "$http_user_agent" "$http_referer"';
    log_format standard '[$time_local] $status - $request_method $scheme $host "$request_uri" [Client $remote_addr] [Length $body_bytes_sent] [Gzip $gzip_ratio] "$http_user_agent" "$http_referer"';
    access_log /data/logs/fallback_http_access.log proxy;

    """,
    // Docker's own name server, which knows the containers of a network by name.
    "/var/opt/npm/nginx/conf.d/include/resolvers.conf": "resolver 127.0.0.11 valid=10s ipv6=off;\n",
    "/var/opt/npm/nginx/conf.d/include/proxy.conf": """
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-Scheme $scheme;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_pass $forward_scheme://$server:$port$request_uri;

    """,
    "/var/opt/npm/nginx/conf.d/default.conf": """
    server {
      listen 80 default_server;
      listen 443 ssl default_server;
      server_name localhost-nginx-proxy-manager;
      set $forward_scheme "http";
      set $server "127.0.0.1";
      set $port "80";
      ssl_reject_handshake on;
      return 444;
    }

    """,
    "/var/opt/npm/data/nginx/default_host/site.conf": """
    server {
      listen 80;
      listen [::]:80;
      server_name default-host.localhost;
      access_log /data/logs/default-host_access.log combined;
      error_log /data/logs/default-host_error.log warn;
      return 404;
    }

    """,
  ]
}
