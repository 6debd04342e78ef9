/// The first story as people pasted it: the service's host, the Docker host with the VPN server in a container, the node.
enum PastedStory {
  static let service = [
    "svc/monitor.txt": """
    root@svc:~# nethogs -t -c 2
    Refreshing:
    10.8.1.3:3129-10.0.7.248:40142/0/0\t1024\t2048
    /usr/sbin/sshd/900/0\t0.1\t0.2

    Refreshing:
    10.8.1.3:3129-10.0.7.248:40142/0/0\t1024\t2048
    root@svc:~# ss -tunap
    Netid State  Recv-Q Send-Q Local Address:Port   Peer Address:Port Process
    tcp   LISTEN 0      128          0.0.0.0:3129        0.0.0.0:*     users:(("squid",pid=811,fd=12))
    tcp   ESTAB  0      0           10.8.1.3:3129    10.0.7.248:40142 users:(("squid",pid=811,fd=15))
    """
  ]

  static let openVPN = String(repeating: "3f", count: 32)
  static let web = String(repeating: "4a", count: 32)

  static let dockerHost = [
    "s750/conntrack.txt": """
    conntrack v1.4.6 (conntrack-tools): 2 flow entries have been shown.
    tcp      6 117 ESTABLISHED src=172.17.0.3 dst=192.0.2.80 sport=40142 dport=443 src=192.0.2.80 dst=10.0.7.248 sport=443 dport=40142 [ASSURED] mark=0 use=1
    tcp      6 431999 ESTABLISHED src=172.17.0.2 dst=10.8.1.3 sport=40142 dport=3129 src=10.8.1.3 dst=10.0.7.248 sport=3129 dport=40142 [ASSURED] mark=0 use=1
    """,
    "s750/inspect.json": """
    [
      {
        "Id": "\(openVPN)", "Name": "/openvpn",
        "State": { "Status": "running", "Pid": 4711 }, "Config": { "Image": "kylemanna/openvpn" },
        "HostConfig": { "NetworkMode": "bridge" },
        "NetworkSettings": { "Networks": { "bridge": { "IPAddress": "172.17.0.2" } } }
      },
      {
        "Id": "\(web)", "Name": "/web",
        "State": { "Status": "running", "Pid": 4800 }, "Config": { "Image": "nginx" },
        "HostConfig": { "NetworkMode": "bridge" },
        "NetworkSettings": { "Networks": { "bridge": { "IPAddress": "172.17.0.3" } } }
      }
    ]
    """,
    "s750/session.txt": """
    root@s750:~# docker exec openvpn conntrack -L
    tcp      6 431999 ESTABLISHED src=172.16.248.22 dst=10.8.1.3 sport=40142 dport=3129 src=10.8.1.3 dst=172.17.0.2 sport=3129 dport=40142 [ASSURED] mark=0 use=1
    root@s750:~# docker exec openvpn cat /tmp/openvpn-status.log
    OpenVPN CLIENT LIST
    Updated,Sun Apr 20 14:57:10 2025
    Common Name,Real Address,Bytes Received,Bytes Sent,Connected Since
    tke-node1,10.12.32.13:55231,1048576000,8123456,Sun Apr 20 09:12:44 2025
    tke-node2,10.12.33.14:41200,4096,4096,Sun Apr 20 10:00:00 2025
    ROUTING TABLE
    Virtual Address,Common Name,Real Address,Last Ref
    172.16.248.23,tke-node2,10.12.33.14:41200,Sun Apr 20 14:40:00 2025
    172.16.248.22,tke-node1,10.12.32.13:55231,Sun Apr 20 14:57:09 2025
    GLOBAL STATS
    Max bcast/mcast queue length,0
    END
    """,
  ]

  static let node = [
    "tke/ss.txt": """
    State  Recv-Q Send-Q Local Address:Port     Peer Address:Port Process
    LISTEN 0      4096     10.12.32.13:3129          0.0.0.0:*     users:(("haproxy",pid=55,fd=5))
    ESTAB  0      0        10.12.32.13:3129    198.51.100.77:51366 users:(("haproxy",pid=55,fd=20)) cubic bytes_acked:8000 bytes_received:900000
    ESTAB  0      0        10.12.32.13:3129    198.51.100.99:40000 users:(("haproxy",pid=55,fd=22)) cubic bytes_acked:10 bytes_received:20
    ESTAB  0      0      172.16.248.22:40142        10.8.1.3:3129  users:(("haproxy",pid=55,fd=21)) cubic bytes_acked:900001 bytes_received:8000
    """,
    "tke/haproxy.cfg": """
    global
        stats socket /run/haproxy/admin.sock level operator

    defaults
        mode tcp
        timeout connect 5s

    frontend qcproxy
        bind 10.12.32.13:3129
        default_backend qcbackend

    backend qcbackend
        server qcserver 10.8.1.3:3129
    """,
    "tke/sess.txt": """
    0x55d0a2c3e000: [20/Apr/2025:14:56:01.000001] id=1 proto=tcpv4 source=198.51.100.99:40000
      frontend=qcproxy (id=2 mode=tcp), listener=? (id=1) addr=10.12.32.13:3129
      backend=qcbackend (id=3 mode=tcp) addr=172.16.248.22:40140
      server=qcserver (id=1) addr=10.8.1.3:3129
    0x55d0a2c3f000: [20/Apr/2025:14:57:01.509427] id=2 proto=tcpv4 source=198.51.100.77:51366
      frontend=qcproxy (id=2 mode=tcp), listener=? (id=1) addr=10.12.32.13:3129
      backend=qcbackend (id=3 mode=tcp) addr=172.16.248.22:40142
      server=qcserver (id=1) addr=10.8.1.3:3129
    """,
    "tke/ip.txt": """
    root@tke:~# ip -br addr
    lo               UNKNOWN        127.0.0.1/8 ::1/128
    eth0             UP             10.12.32.13/24
    tun0             UNKNOWN        172.16.248.22/24
    """,
  ]
}
