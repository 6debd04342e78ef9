import Flows
import LinuxSystem
import Proxies

private let nginxText = """
  user root; events {}
  http {
    include a.con[f]; include *.conf; log_format x escape=json '$a' "b\\"c"; access_log logs/x x if=$y;
    map $host $pool { default up; ~^a(b|c)?$ 10.0.0.1:3000; hostnames; }
    upstream up { server 10.0.0.1:3000 weight=2; server unix:/x backup; keepalive 3; }
    real_ip_header X; set_real_ip_from 10.0.0.0/8;
    server { listen 80 default_server; listen [::]:80; listen 8000-8009 ssl; server_name ~^(www\\.)?[a-z]+\\.example$ .b *.c d.*;
      set $s "10.0.0.1"; location ~ \\.php$ { fastcgi_pass $s:9000; } location / { proxy_pass http://${s}:3000$request_uri; }
      location /l { content_by_lua_block { local a = "}" --[[ } ]] } proxy_pass http://$pool; } }
  }
  stream { server { listen 1 udp; proxy_pass up; proxy_bind $remote_addr transparent; } }
  """
private let nginxProxyManagerText = """
  server { set $forward_scheme http; set $server "git"; set $port 3000; listen 80; server_name a.example b.example;
    access_log /data/logs/proxy-host-1_access.log proxy; location / { proxy_pass $forward_scheme://$server:$port; } }
  """

let nginxSubjects: [Subject] = [
  Subject(name: "nginx configuration", seeds: bytes([nginxText])) { input in
    let files = NginxFileTexts(["/etc/nginx/nginx.conf": input, "/etc/nginx/a.conf": input])
    let routing = NginxRouting(NginxConfiguration(in: files))
    let match = routing.server(accepting: Endpoint(.v4(1), 80), host: "www.a.example")
    return routing.sites.count + routing.upstreams(reaching: Endpoint(.v4(0x0A00_0001), 3000)).count
      + (match?.undecided.count ?? 0)
  },
  Subject(name: "Nginx Proxy Manager host", seeds: bytes([nginxProxyManagerText])) { input in
    NginxProxyManagerHosts(in: NginxFileTexts(["/data/nginx/proxy_host/1.conf": input]))?.hosts.first?.names.count ?? -1
  },
  Subject(
    name: "relay's command line",
    seeds: bytes([
      "docker-proxy\0-proto\0tcp\0-host-ip\0::\0-host-port\08080\0-container-ip\0172.17.0.2\0-container-port\080\0",
      "socat\0-d\0TCP4-LISTEN:8080,bind=127.0.0.1,fork\0TCP:[::1]:80\0", "sshd: root@pts/0\0",
      "ssh\0-NL\0*:80:[fd00::1]:81\0-R\01:a:2\0-o\0LocalForward=1 b:2\0host\0",
      "nginx: master process nginx -c x -g daemon off; -p /y\0",
    ])
  ) { input in
    let command = ProcessFiles.arguments(in: input)
    let process = Process(pid: 1, name: "x", command: command)
    let nginx = NginxInvocation(process: Process(pid: 1, name: "nginx", command: command))
    let relay = RelayReaders.reader(for: process) as? any CommandLineRelay
    return (relay?.rules(of: process)?.count ?? 0) + (nginx?.resolvedFile.utf8.count ?? 0)
  },
]
