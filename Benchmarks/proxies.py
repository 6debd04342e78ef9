"""The proxies that `proxy_rows.py` runs: for each, the words of its command; its configuration is written first."""
import os
import shutil

RELAY_PORT = 8100

NGINX = """{modules}
worker_processes 2; daemon off; pid {folder}/n.pid; error_log {folder}/n.err; worker_rlimit_nofile 8192;
events {{ worker_connections 4000; }}
http {{
  access_log off; keepalive_requests 100000; proxy_buffering on;
  client_body_temp_path {folder}/nb; proxy_temp_path {folder}/np; fastcgi_temp_path {folder}/nf; uwsgi_temp_path {folder}/nu;
  scgi_temp_path {folder}/ns; ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
  upstream kept {{ server {server}; keepalive 16; }}
  server {{ listen {port} {tls} backlog=2048; location / {{ {passing} }} }}
}}
"""
HAPROXY = """global
  nbthread {threads}
  maxconn 2000
defaults
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  mode {mode}
  {reuse}
frontend in
  bind {listen} {tls}
  default_backend out
backend out
  server a {server}
"""
SQUID = """http_port {port}
acl everyone src all
http_access allow everyone
cache deny all
cache_mem 8 MB
access_log none
cache_log {folder}/squid.log
cache_store_log none
pid_filename none
coredump_dir {folder}
netdb_filename none
pinger_enable off
visible_hostname relay
shutdown_lifetime 0 seconds
max_filedescriptors 4096
client_persistent_connections on
server_persistent_connections on
"""
DANTE = """logoutput: {folder}/dante.log
internal: 0.0.0.0 port = {port}
external: {near}
clientmethod: none
socksmethod: none
user.privileged: root
user.unprivileged: nobody
client pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}
socks pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}
"""
TINYPROXY = "Port {port}\nListen 0.0.0.0\nTimeout 60\nMaxClients 400\nLogLevel Critical\nLogFile \"{folder}/tiny.log\"\n"
HITCH = 'frontend = "[*]:{port}"\nbackend = "[{host}]:{server_port}"\nworkers = 2\ndaemon = off\nuser = "nobody"\npem-file = "{folder}/both.pem"\n'
LIGHTTPD = """server.modules = ("mod_proxy")
server.port = {port}
server.document-root = "{folder}"
server.errorlog = "{folder}/lighttpd.err"
server.max-keep-alive-requests = 100000
server.max-fds = 4096
proxy.server = ("" => (("host" => "{host}", "port" => {server_port})))
"""
STUNNEL = "foreground = yes\npid =\ndebug = 3\noutput = {folder}/stunnel.log\n[web]\naccept = {port}\nconnect = {server}\ncert = {folder}/both.pem\n"
APACHE = """ServerName relay
ServerRoot {folder}
PidFile {folder}/apache.pid
ErrorLog {folder}/apache.err
Listen {port}
User nobody
Group nogroup
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
LoadModule proxy_connect_module /usr/lib/apache2/modules/mod_proxy_connect.so
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 30
ServerLimit 8
ThreadsPerChild 50
MaxRequestWorkers 400
StartServers 2
{passing}
"""
VARNISH = 'vcl 4.0; backend a {{ .host = "{host}"; .port = "{server_port}"; }} sub vcl_recv {{ return (pass); }}\n'
CADDY = '{{ "admin": {{"disabled": true}}, "apps": {{"http": {{"servers": {{"s": {{"listen": [":{port}"], "automatic_https": {{"disable": true}}, "routes": [{{"handle": [{{"handler": "reverse_proxy", "upstreams": [{{"dial": "{server}"}}]}}]}}]}}}}}}}}}}'
REDSOCKS = """base {{ log_debug = off; log_info = off; daemon = off; redirector = iptables; }}
redsocks {{ local_ip = 0.0.0.0; local_port = {port}; ip = 127.0.0.1; port = {second}; type = socks5; }}
"""
SNIPROXY = "user root\npidfile {folder}/sni.pid\nlistener 0.0.0.0 {port} {{ proto http\n table t\n fallback {server} }}\ntable t {{ .* {server} }}\n"
TRAEFIK = """http: {{routers: {{r: {{rule: "PathPrefix(`/`)", service: s}}}}, services: {{s: {{loadBalancer: {{servers: [{{url: "http://{server}"}}]}}}}}}}}
"""
TRAEFIK_TCP = """tcp: {{routers: {{r: {{rule: "HostSNI(`*`)", service: s}}}}, services: {{s: {{loadBalancer: {{servers: [{{address: "{server}"}}]}}}}}}}}
"""
# Node: both ways piped, and requests through an agent that keeps connections.
NODE = """const [kind, port, host, server] = process.argv.slice(2);
const net = require('net'), http = require('http');
if (kind === 'pipe') net.createServer(c => {
  const s = net.connect(+server, host); c.pipe(s); s.pipe(c);
  c.on('error', () => s.destroy()); s.on('error', () => c.destroy()); c.on('close', () => s.destroy()); s.on('close', () => c.destroy());
}).listen(+port);
if (kind === 'agent') {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
  http.createServer((q, r) => {
    const u = http.request({ host, port: +server, path: q.url, method: q.method, headers: q.headers, agent },
      a => { r.writeHead(a.statusCode, a.headers); a.pipe(r); });
    u.on('error', () => r.destroy()); q.pipe(u);
  }).listen(+port);
}
"""
HOMEMADE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "homemade.py")
MODULE = "/usr/lib/nginx/modules/ngx_stream_module.so"


class Proxy:
    """How one program is run. `mode` and `tls` are what clients speak, `inner` whether the server speaks TLS."""

    def __init__(self, title, program, mode, command, files=None, tls=None, before=None, helpers=(), port=RELAY_PORT):
        self.title, self.program, self.mode, self.tls = title, program, mode, tls
        self.command, self.files, self.helpers, self.port = command, files or {}, helpers, port
        self.before = before or []

    @property
    def is_there(self):
        return shutil.which(self.program) is not None or os.path.exists(self.program)


def haproxy(title, mode, reuse="", tls=None, threads=2):
    text = HAPROXY.replace("{mode}", mode).replace("{reuse}", reuse).replace("{threads}", str(threads))
    text = text.replace("{tls}", "ssl crt {folder}/both.pem" if tls == "outer" else "")
    return Proxy(title, "haproxy", "plain", ["haproxy", "-db", "-f", "{folder}/h.cfg"], {"h.cfg": text}, tls=tls)


def nginx(title, passing, tls=None):
    text = NGINX.replace("{passing}", passing).replace("{tls}", "ssl" if tls == "outer" else "").replace("{modules}", "")
    return Proxy(title, "nginx", "plain", ["nginx", "-c", "{folder}/n.conf"], {"n.conf": text}, tls=tls)


def apache(title, passing, mode="plain"):
    return Proxy(title, "apache2", mode, ["apache2", "-DFOREGROUND", "-f", "{folder}/a.conf"],
                 {"a.conf": APACHE.replace("{passing}", passing)})


def squid(title, mode, tls=None):
    return Proxy(title, "squid", mode, ["squid", "-N", "-f", "{folder}/s.conf"], {"s.conf": SQUID}, tls=tls)


ROWS = [
    squid("squid, CONNECT", "connect"),
    squid("squid, CONNECT, TLS inside", "connect", tls="inner"),
    squid("squid, plain requests", "absolute"),
    Proxy("microsocks", "microsocks", "socks5", ["microsocks", "-i", "0.0.0.0", "-p", "{port}"]),
    Proxy("dante", "danted", "socks5", ["danted", "-f", "{folder}/d.conf", "-p", "{folder}/d.pid"], {"d.conf": DANTE}),
    Proxy("tinyproxy, CONNECT", "tinyproxy", "connect", ["tinyproxy", "-d", "-c", "{folder}/t.conf"], {"t.conf": TINYPROXY}),
    Proxy("tinyproxy, plain requests", "tinyproxy", "absolute", ["tinyproxy", "-d", "-c", "{folder}/t.conf"],
          {"t.conf": TINYPROXY}),
    haproxy("HAProxy, http-reuse always, no stats socket", "http", "http-reuse always"),
    haproxy("HAProxy, http-reuse always, 1 thread", "http", "http-reuse always", threads=1),
    haproxy("HAProxy, TLS to HTTP", "http", "http-reuse always", tls="outer"),
    haproxy("HAProxy, TCP", "tcp"),
    haproxy("HAProxy, TLS passed through", "tcp", tls="inner"),
    nginx("nginx, upstream keepalive", 'proxy_pass http://kept; proxy_http_version 1.1; proxy_set_header Connection "";'),
    nginx("nginx, TLS, upstream keepalive", 'proxy_pass http://kept; proxy_http_version 1.1; proxy_set_header Connection "";',
          tls="outer"),
    nginx("nginx, no keepalive", "proxy_pass http://{server};"),
    apache("Apache, reverse proxy", "ProxyPass / http://{server}/"),
    apache("Apache, CONNECT", "ProxyRequests On\nAllowCONNECT {server_port}", "connect"),
    Proxy("lighttpd", "lighttpd", "plain", ["lighttpd", "-D", "-f", "{folder}/l.conf"], {"l.conf": LIGHTTPD}),
    Proxy("hitch", "hitch", "plain", ["hitch", "--config={folder}/hi.conf"], {"hi.conf": HITCH}, tls="outer"),
    Proxy("stunnel", "stunnel4", "plain", ["stunnel4", "{folder}/st.conf"], {"st.conf": STUNNEL}, tls="outer"),
    Proxy("nghttpx", "nghttpx", "plain", ["nghttpx", "-f*,{port};no-tls", "-b{host},{server_port}", "--workers=2",
                                          "--errorlog-file={folder}/ng.err", "--accesslog-file=/dev/null"]),
    Proxy("Varnish, pass", "varnishd", "plain", ["varnishd", "-F", "-a", ":{port}", "-f", "{folder}/v.vcl", "-n", "{folder}/vn",
                                                 "-s", "malloc,32m"], {"v.vcl": VARNISH}),
    Proxy("Caddy", "caddy", "plain", ["caddy", "run", "--config", "{folder}/c.json"], {"c.json": CADDY}),
    Proxy("mitmproxy, CONNECT", "mitmdump", "connect", ["mitmdump", "-q", "-p", "{port}", "--set", "confdir={folder}/mitm",
                                                       "--set", "connection_strategy=lazy"]),
    Proxy("mitmproxy, plain requests", "mitmdump", "absolute", ["mitmdump", "-q", "-p", "{port}", "--set",
                                                                "confdir={folder}/mitm"]),
    Proxy("ncat, CONNECT", "ncat", "connect", ["ncat", "-l", "-k", "--proxy-type", "http", "{port}"]),
    Proxy("ncat, a child for each connection", "ncat", "plain", ["ncat", "-l", "-k", "-m", "400", "{port}", "--sh-exec",
                                                                 "exec ncat {host} {server_port}"]),
    Proxy("redsocks, then microsocks", "redsocks", "plain", ["redsocks", "-c", "{folder}/r.conf"], {"r.conf": REDSOCKS},
          before=[["iptables", "-t", "nat", "-A", "PREROUTING", "-p", "tcp", "-d", "{host}", "--dport", "{server_port}", "-j",
                   "REDIRECT", "--to-ports", "{port}"]],
          helpers=[["microsocks", "-i", "127.0.0.1", "-p", "{second}"]], port=None),
    Proxy("shadowsocks, both ends", "ss-server", "socks5", ["ss-local", "-s", "127.0.0.1", "-p", "{second}", "-b", "0.0.0.0", "-l",
                                                            "{port}", "-k", "word", "-m", "aes-256-gcm", "-t", "60"],
          helpers=[["ss-server", "-s", "127.0.0.1", "-p", "{second}", "-k", "word", "-m", "aes-256-gcm", "-t", "60"]]),
    Proxy("privoxy, CONNECT", "privoxy", "connect", ["privoxy", "--no-daemon", "{folder}/p.conf"],
          {"p.conf": "listen-address 0.0.0.0:{port}\nconfdir /etc/privoxy\nlogdir {folder}\nkeep-alive-timeout 30\nmax-client-connections 400\n"}),
    Proxy("socat", "socat", "plain", ["socat", "TCP-LISTEN:{port},fork,reuseaddr,backlog=1024", "TCP:{server}"]),
    Proxy("socat, two programs and pipes", "socat", "plain", ["socat", "TCP-LISTEN:{port},fork,reuseaddr,backlog=1024",
                                                              "EXEC:nc {host} {server_port}"]),
    Proxy("sslh, a process for each connection", "sslh", "plain", ["sslh", "-f", "-p", "0.0.0.0:{port}", "--http", "{server}"]),
    Proxy("sslh-select", "sslh-select", "plain", ["sslh-select", "-f", "-p", "0.0.0.0:{port}", "--http", "{server}"]),
    Proxy("rinetd", "rinetd", "plain", ["rinetd", "-f", "-c", "{folder}/ri.conf"], {"ri.conf": "0.0.0.0 {port} {host} {server_port}\n"}),
    Proxy("simpleproxy", "simpleproxy", "plain", ["simpleproxy", "-L", "{port}", "-R", "{server}"]),
    Proxy("pen", "pen", "plain", ["pen", "-f", "-x", "500", "{port}", "{server}"]),
    Proxy("redir", "redir", "plain", ["redir", "-n", "0.0.0.0:{port}", "{server}"]),
    Proxy("6tunnel", "6tunnel", "plain", ["6tunnel", "-4", "-d", "{port}", "{host}", "{server_port}"]),
    Proxy("sniproxy", "sniproxy", "plain", ["sniproxy", "-f", "-c", "{folder}/sni.conf"], {"sni.conf": SNIPROXY}),
    Proxy("Traefik", "traefik", "plain", ["traefik", "--entrypoints.w.address=:{port}", "--providers.file.filename={folder}/tr.yml",
                                          "--log.level=ERROR"], {"tr.yml": TRAEFIK}),
    Proxy("Traefik, TCP", "traefik", "plain", ["traefik", "--entrypoints.w.address=:{port}", "--log.level=ERROR",
                                               "--providers.file.filename={folder}/tr.yml"], {"tr.yml": TRAEFIK_TCP}),
    Proxy("pproxy, SOCKS", "pproxy", "socks5", ["pproxy", "-l", "http+socks5://0.0.0.0:{port}"]),
    Proxy("pproxy, CONNECT", "pproxy", "connect", ["pproxy", "-l", "http+socks5://0.0.0.0:{port}"]),
    Proxy("proxy.py, CONNECT", "proxy", "connect", ["proxy", "--hostname", "0.0.0.0", "--port", "{port}", "--num-workers", "2"]),
    Proxy("Node, piped", "node", "plain", ["node", "{folder}/r.js", "pipe", "{port}", "{host}", "{server_port}"], {"r.js": None}),
    Proxy("Node, agent with kept connections", "node", "plain", ["node", "{folder}/r.js", "agent", "{port}", "{host}", "{server_port}"],
          {"r.js": None}),
] + [
    Proxy(f"Python, {title}", "python3", "plain", ["python3", HOMEMADE, kind, "{port}", "{host}", "{server_port}"])
    for kind, title in (("threads", "a pool of threads"), ("pool", "connections opened before they are needed"),
                        ("pipes", "a child that has the client as its input"), ("one-read", "reads all, then writes in any order"))
]
