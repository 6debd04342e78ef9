import Flows
import Testing

@testable import Proxies

@Suite struct NginxProxyManagerTests {
  private static let texts = [
    "/etc/nginx/nginx.conf": """
    http {
      include conf.d/*.conf;
      log_format proxy '[$time_local] [Sent-to $server]';
      access_log /data/logs/fallback_http_access.log proxy;
      include /data/nginx/default_host/*.conf;
      include /data/nginx/proxy_host/*.conf;
      include /data/nginx/redirection_host/*.conf;
      include /data/nginx/dead_host/*.conf;
      include /data/nginx/custom/http[.]conf;
    }
    stream { include /data/nginx/stream/*.conf; }
    """,
    "/etc/nginx/conf.d/include/proxy.conf": """
    proxy_set_header Host $host;
    proxy_pass $forward_scheme://$server:$port$request_uri;
    """,
    "/etc/nginx/conf.d/default.conf": "server { listen 80; server_name localhost-nginx-proxy-manager; return 444; }",
    "/data/nginx/default_host/site.conf":
      "server { listen 80 default; server_name default-host.localhost; return 404; }",
    "/data/nginx/proxy_host/10.conf": """
    # git.example.com
    server {
      set $forward_scheme http; set $server "git"; set $port 3000;
      listen 80; listen [::]:80; listen 443 ssl;
      server_name git.example.com code.example.com;
      access_log /data/logs/proxy-host-10_access.log proxy;
      location /api/ { proxy_pass http://10.0.0.7:8080/v1/; }
      location / { include conf.d/include/proxy.conf; }
      include /data/nginx/custom/server_proxy[.]conf;
    }
    """,
    "/data/nginx/proxy_host/9.conf": "server { set $server a; set $port 1; listen 80; server_name nine; }",
    "/data/nginx/proxy_host/11.conf.err": "server { listen 80; server_name broken.example; }",
    "/data/nginx/proxy_host/notes.txt": "x;",
    "/data/nginx/redirection_host/2.conf": """
    server { listen 80; server_name old.example; access_log /data/logs/redirection-host-2_access.log standard;
      location / { return 301 $scheme://new.example$request_uri; } }
    """,
    "/data/nginx/dead_host/1.conf": "server { listen 80; server_name gone.example; return 404; }",
    "/data/nginx/stream/3.conf": "server { listen 2222; listen [::]:2222; proxy_pass 10.0.0.8:22; }",
  ]

  @Test func `its hosts are read with what they forward to`() throws {
    let hosts = try #require(NginxProxyManagerHosts(in: NginxText.files(Self.texts)))
    #expect(
      hosts.hosts.map(\.title) == [
        "proxy host 9", "proxy host 10", "proxy host 11", "redirection host 2", "dead host 1", "stream 3",
      ])
    let git = hosts.hosts[1]
    #expect(git.names == ["git.example.com", "code.example.com"])
    #expect([git.forwardScheme, git.forwardHost, git.forwardPort.map(String.init)] == ["http", "git", "3000"])
    #expect(git.log == "/data/logs/proxy-host-10_access.log")
    #expect(git.server.targets.map(\.description) == ["10.0.0.7:8080", "git:3000"])
    #expect(hosts.hosts.map(\.isActive) == [true, true, false, true, true, true])
    #expect(hosts.hosts[5].forwardHost == "10.0.0.8")
    #expect(hosts.hosts[5].forwardPort == 22)
    #expect(hosts.defaultSite?.names == ["default-host.localhost"])
    #expect(hosts.problems.isEmpty)
    #expect(hosts.host(loggingTo: "/x/proxy-host-10_access.log.2.gz")?.id == 10)
    #expect(hosts.host(loggingTo: "/data/logs/proxy-host-1_access.log") == nil)
  }

  @Test func `its nginx is recognised, and a server leads to its host`() throws {
    let files = NginxText.files(Self.texts)
    let configuration = NginxConfiguration(in: files)
    #expect(NginxProxyManagerHosts.made(configuration))
    #expect(!NginxProxyManagerHosts.made(NginxText.configuration(["/etc/nginx/nginx.conf": "http {}"])))
    #expect(NginxProxyManagerHosts(in: NginxText.files(["/etc/nginx/nginx.conf": ""])) == nil)
    let hosts = try #require(NginxProxyManagerHosts(in: files))
    let routing = NginxRouting(configuration)
    let match = try #require(routing.server(accepting: Endpoint(.v4(0xAC13_0002), 443), host: "git.example.com"))
    #expect(hosts.host(of: match.server)?.id == 10)
    let reach = routing.upstreams(reaching: Endpoint(.v4(0xAC13_0005), 3000))
    #expect(reach.map { hosts.host(of: $0.server)?.id } == [10])
    #expect(reach.first?.match == .port)
    // The snippet stands in /etc/nginx, the location that includes it in the host's file.
    #expect(reach.first?.place.description == "/etc/nginx/conf.d/include/proxy.conf:2")
    #expect(reach.first?.route.place.description == "/data/nginx/proxy_host/10.conf:8")
  }
}
