import Containers
import Flows
import LinuxSystem
import Programs
import VPNs

/// A parser, and good inputs for it. What it finds does not matter, only that it comes back.
struct Subject: Sendable {
  var name: String
  var seeds: [[UInt8]]
  /// The size of what was found, so that nothing is optimised away.
  var parse: @Sendable ([UInt8]) -> Int
}

func bytes(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }

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

private let key = String(repeating: "b8", count: 32)
private let wireGuard = """
  private_key=\(key)
  listen_port=51820
  fwmark=0
  public_key=\(key)
  preshared_key=\(key)
  endpoint=[abcd:23::33%2]:51820
  allowed_ip=192.168.4.4/32
  last_handshake_time_sec=1700000000
  last_handshake_time_nsec=5
  rx_bytes=1
  tx_bytes=2
  persistent_keepalive_interval=25
  errno=0


  """

/// In pieces, whose size is the first byte.
@Sendable private func readWireGuard(_ input: [UInt8]) -> Int {
  var answer = WireGuardAnswer(for: "wg0")
  let size = max(1, Int(input.first ?? 1))
  do {
    for start in stride(from: 1, to: input.count, by: size) {
      var piece = Array(input[start..<min(input.count, start + size)])
      try answer.receive(&piece)
    }
    try answer.end()
  } catch { return -1 }
  return answer.device.peers.count
}

private let peerKey = "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="

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
  Subject(name: "WireGuard answer", seeds: bytes(["\u{3}\(wireGuard)", "\u{7F}\(wireGuard)"]), parse: readWireGuard),
  Subject(
    name: "WireGuard configuration",
    seeds: bytes([
      "[Interface]\nPrivateKey = \(peerKey)\n\n### Client alice\n[Peer]\nPublicKey = \(peerKey)\nAllowedIPs = ::/0\n",
      "[Peer] # x\n#friendly_name=bob\nPublicKey=\(peerKey)\n", "# Client: c (1)\n[Peer]\nPublicKey=\(peerKey)",
    ])
  ) { WireGuardConfiguration.names(in: $0).count },
  Subject(
    name: "wg-easy clients",
    seeds: bytes([#"{"server":{},"clients":{"a":{"name":"alice","publicKey":"\#(peerKey)","enabled":true}}}"#])
  ) { WireGuardEasyClients.names(in: $0)?.count ?? -1 },
  Subject(
    name: "Tailscale status",
    seeds: bytes([
      #"{"BackendState":"Running","Peer":{"nodekey:a":{"HostName":"a","TailscaleIPs":["100.64.0.2"],"CurAddr":"1.2.3.4:5"}}}"#
    ])
  ) { TailscaleStatus(parsing: $0)?.peers.count ?? -1 },
  Subject(name: "tunnel software", seeds: bytes(["/usr/sbin/openvpn", "sshd: root@pts/0", "qemu-system-x86_64"])) {
    let name = String(decoding: $0, as: UTF8.self)
    let process = Process(pid: 1, name: name, executable: name, command: [name])
    return TunnelReaders.reader(for: process)?.title(of: process).utf8.count ?? -1
  },
  Subject(
    name: "tailscaled command line",
    seeds: bytes(["tailscaled\0--socket=/run/x.sock\0-tun\0userspace-networking,tailscale0"])
  ) {
    let words = String(decoding: $0, as: UTF8.self).split(separator: "\0", omittingEmptySubsequences: false)
    return TailscaleCommandLine(words.map(String.init)).socket?.utf8.count ?? -1
  },
  Subject(name: "services", seeds: bytes(["# x\nhttps\t443/tcp  www-s # y\ndomain 53/udp\n"])) {
    ServiceNames(parsing: $0).services(named: "https").count
  },
]
