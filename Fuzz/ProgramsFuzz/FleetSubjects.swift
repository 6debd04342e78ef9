import Fleet

private let settings = """
  hosts: # all
    - name: s750
      ssh: root@10.0.7.248
      ssh_options: &o ["-o", "StrictHostKeyChecking=accept-new"]
      public_addresses: { "203.0.113.10": "10.12.32.13" }
    - { name: web, ssh_options: *o }
  sets:
    office: [198.51.100.0/24, 2001:db8::/32]
    home: '192.0.2.1'
  """

private let lines = [
  "headwater-start arch=x86_64 uid=1000 root=sudo checked=digest copied=yes place=/home/a/.cache/headwater",
  "headwater-need arch=aarch64 uid=0 number=2 place=/tmp/headwater-0", "headwater-failed number=1 place=/x: no",
  "headwater-unsupported arch=riscv64", "headwater-note sudo -n is refused", "headwater-removed number=3",
]

private let refusals = [
  "ssh: connect to host 10.1.0.2 port 22: Connection refused\r\n", "root@a: Permission denied (publickey).\r\n",
  "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.\n",
]

/// What hosts and `ssh` say, and the settings.
let fleetSubjects: [Subject] = [
  Subject(name: "config.yaml", seeds: bytes([settings])) {
    (try? FleetSettings(parsing: $0, file: "f")).map { $0.hosts.count + $0.sets.count + $0.notes.count } ?? -1
  },
  Subject(name: "start script's line", seeds: bytes(lines)) { StartLine(parsing: $0) == nil ? -1 : 1 },
  Subject(name: "ssh's errors", seeds: bytes(refusals)) {
    HostError("a", ssh: $0).code == .brokenOff ? -1 : 1
  },
  Subject(name: "ssh destination", seeds: bytes(["root@10.0.7.248", "ssh://a@b:22", "fe80::1%eth0"])) {
    (try? SSHDestination(String(decoding: $0, as: UTF8.self))) == nil ? -1 : 1
  },
  Subject(name: "ssh options", seeds: bytes(["-o\nPort=22", "-4C\n-p22", "-J\nhop\n-i\nkey"])) {
    (try? SSHOptions(String(decoding: $0, as: UTF8.self).split(separator: "\n").map(String.init))) == nil ? -1 : 1
  },
]
