import Clues
import Flows
import LinuxSystem

/// A parser, and good inputs for it. What it finds does not matter, only that it comes back.
struct Subject: Sendable {
  var name: String
  var seeds: [[UInt8]]
  /// The size of what was found, so that nothing is optimised away.
  var parse: @Sendable ([UInt8]) -> Int
}

private func bytes(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }

private let id = String(repeating: "0123456789abcdef", count: 4)

private let listing = """
  [{"Id":"\(id)","Names":["/web"],"Image":"nginx","Labels":{"a":"b"},"State":"running","Ports":[{"IP":"0.0.0.0",\
  "PrivatePort":80,"PublicPort":8080,"Type":"tcp"}],"HostConfig":{"NetworkMode":"bridge"},"NetworkSettings":{"Networks":\
  {"bridge":{"NetworkID":"n","IPAddress":"172.17.0.2","GlobalIPv6Address":"fd00::2","MacAddress":"02:42:ac:11:00:02"}}}}]
  """
private let inspection = """
  {"Id":"\(id)","Name":"/web","State":{"Status":"running","Running":true,"Pid":4711},"Config":{"Image":"nginx","Labels":{}},\
  "NetworkSettings":{"SandboxKey":"/var/run/docker/netns/1","Ports":{"80/tcp":[{"HostIp":"::","HostPort":"8080"}],\
  "9/udp":null},"Networks":{}}}
  """
private let networks = """
  [{"Name":"bridge","Id":"\(id)","Driver":"bridge","IPAM":{"Config":[{"Subnet":"172.17.0.0/16"}]},"Options":{"a":"b"}}]
  """

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

/// In pieces, as a network delivers: the first byte says how large they are.
@Sendable private func read(_ input: [UInt8]) -> Int {
  var reader = HTTPResponseReader(bodyLimit: 4096)
  let size = max(1, Int(input.first ?? 1))
  do {
    for start in stride(from: 1, to: input.count, by: size) {
      try reader.receive(Array(input[start..<min(input.count, start + size)]))
    }
    try reader.end()
  } catch { return -1 }
  return reader.body.count
}

let subjects: [Subject] = [
  Subject(
    name: "HTTP response",
    seeds: bytes([
      "\u{7}HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
      "\u{3}HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nTrailer: 1\r\n\r\n",
      "\u{20}HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 404 Not Found\r\n\r\n{\"message\":\"no\"}",
    ]), parse: read),
  Subject(name: "container list", seeds: bytes([listing])) { DockerContainer.list(parsing: $0)?.count ?? -1 },
  Subject(name: "container", seeds: bytes([inspection])) { DockerContainer(parsing: $0)?.publishedPorts.count ?? -1 },
  Subject(name: "networks", seeds: bytes([networks])) { DockerNetwork.list(parsing: $0)?.count ?? -1 },
  Subject(name: "version", seeds: bytes([#"{"ApiVersion":"1.52","MinAPIVersion":"1.44","Version":"29.0.1"}"#])) {
    DockerVersion(parsing: $0)?.api.utf8.count ?? -1
  },
  Subject(name: "DOCKER_HOST", seeds: bytes(["unix:///run/docker.sock", "tcp://[::1]:2375/", "tcp://localhost:1"])) {
    (try? DockerAddress(dockerHost: String(decoding: $0, as: UTF8.self))).map { "\($0)".utf8.count } ?? -1
  },
  Subject(
    name: "cgroup path",
    seeds: bytes([
      "/docker/\(id)/docker/\(id)", "/system.slice/docker-\(id).scope/system.slice/ssh.service",
      "/kubepods.slice/kubepods-pod0f2ab5a5_3d5c_4a1e_9c0b_1b2c3d4e5f60.slice/cri-containerd-\(id).scope",
      "/a.slice:cri-containerd:\(id)", "/machine.slice/machine-a\\x2db.scope", "/lxc.payload.web/x",
    ])
  ) { input in
    let path = String(decoding: input, as: UTF8.self)
    return ContainerCgroup.all(in: path).count + (SystemdUnit.innermost(in: path)?.utf8.count ?? 0)
  },
  Subject(name: "cgroup lines", seeds: bytes(["12:cpu,cpuacct:/docker/\(id)\n1:name=systemd:/a\n0::/../b (deleted)\n"]))
  {
    CgroupPath.parse($0).count
  },
  Subject(
    name: "mountinfo",
    seeds: bytes([
      "25 1 0:23 / /sys/fs/cgroup rw shared:9 master:1 - cgroup2 cgroup2 rw,nsdelegate\n"
        + "36 35 98:0 /\\040 /a\\040b rw - cgroup cgroup rw,cpu,cpuacct\n"
    ])
  ) { CgroupMounts(mountinfo: $0, ownCgroups: []).hierarchies.count },
  Subject(
    name: "stat",
    seeds: bytes(["811 (a) b (c) S 1 811 811 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 100 200 1844674407\n"])
  ) { ProcessStat(parsing: $0)?.name.utf8.count ?? -1 },
  Subject(name: "status", seeds: bytes(["Name:\tsquid\nUid:\t13\t13\t13\t13\nGid:\t13\t13\t13\t13\n"])) {
    ProcessFiles.effectiveUser(in: $0).map { Int($0) } ?? -1
  },
  Subject(name: "cmdline", seeds: bytes(["squid\0-N\0\0x\0"])) { ProcessFiles.arguments(in: $0).count },
  Subject(name: "fdinfo", seeds: bytes(["pos:\t0\nflags:\t0104002\nmnt_id:\t24\niff:\ttun0\n"])) {
    SocketInodeOwners.interface(in: $0)?.utf8.count ?? -1
  },
  Subject(name: "passwd", seeds: bytes(["root:x:0:0:root:/root:/bin/bash\nproxy:x:13:13::/bin:/x\n"])) {
    AccountNames(parsing: $0)[13]?.utf8.count ?? -1
  },
  Subject(name: "services", seeds: bytes(["# x\nhttps\t443/tcp  www-s # y\ndomain 53/udp\n"])) {
    ServiceNames(parsing: $0).services(named: "https").count
  },
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
    return (RelaySoftware(process)?.rules.count ?? 0) + (nginx?.resolvedFile.utf8.count ?? 0)
  },
]
