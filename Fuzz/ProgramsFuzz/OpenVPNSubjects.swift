import Flows
import VPNs

private let first = """
  OpenVPN CLIENT LIST
  Updated,2026-11-21 18:00:00
  Common Name,Real Address,Bytes Received,Bytes Sent,Connected Since
  one,203.0.113.7:55231,1000,2000,Thu Jun 18 04:23:03 2015
  UNDEF,::ffff:203.0.113.9,5,6,2026-11-21 17:59:59
  ROUTING TABLE
  Virtual Address,Common Name,Real Address,Last Ref
  172.16.248.22C,one,203.0.113.7:55231,2026-11-21 18:00:00
  10.99.0.0/16,one,203.0.113.7:55231,2026-11-21 18:00:00
  22:1d:63:bf:62:38@7,one,[2001:db8::1]:9,2026-11-21 18:00:00
  GLOBAL STATS
  Max bcast/mcast queue length,0
  END

  """
private let second = """
  TITLE,OpenVPN 2.6.14
  TIME,2026-11-21 18:00:00,1795276800
  HEADER,CLIENT_LIST,Common Name,Real Address,Virtual Address,Bytes Received,Bytes Sent,Connected Since (time_t),Username
  CLIENT_LIST,a,b,udp4:203.0.113.7:1,10.8.0.5,1,2,1795270000,c,d
  HEADER,ROUTING_TABLE,Virtual Address,Common Name,Real Address,Last Ref,Last Ref (time_t)
  ROUTING_TABLE,10.8.0.5,a,b,udp4:203.0.113.7:1,2026-11-21 18:00:00,1795276800
  GLOBAL_STATS,dco_enabled,0
  END

  """
private let options = """
  --cd "/etc/o p"
  config more.conf # x
  status 'a b' 10
  management 127.0.0.1 7505 pw
  <key>
  x
  </key>
  server 10.8.0.0 255.255.255.0
  client-config-dir c\\ d

  """

let openVPNSubjects: [Subject] = [
  Subject(
    name: "OpenVPN status",
    seeds: [first, second, second.replacing(",", with: "\t").replacing("\n", with: "\r\n")].map { Array($0.utf8) }
  ) { input in
    guard let status = try? OpenVPNStatus(parsing: input, modified: 1_795_269_600) else { return -1 }
    let found = ["172.16.248.22", "10.99.1.1", "10.8.0.5", "::1"].compactMap { IPAddress($0) }
      .compactMap { status.client(for: $0)?.claimants.count }
    return status.clients.count + found.reduce(0, +)
  },
  // The same text is every file that it includes.
  Subject(name: "OpenVPN configuration", seeds: [Array(options.utf8)]) { input in
    let configuration = OpenVPNConfiguration(command: ["openvpn", "a"], workingDirectory: "/") {
      (_) throws(OpenVPNError) in input
    }
    let management = (try? OpenVPNManagement(configuration))?.address
    return configuration.options.count + (configuration.statusFile?.path.utf8.count ?? 0)
      + (management.map { "\($0)".utf8.count } ?? 0)
  },
  Subject(
    name: "OpenVPN command line",
    seeds: [Array("openvpn\0--status\0/run/x 1\010\0--cd\0/etc\0--config\0a.conf\0--management\0m\0unix".utf8)]
  ) { input in
    let words = input.split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    let configuration = OpenVPNConfiguration(command: words, workingDirectory: "/etc") { (_) throws(OpenVPNError) in []
    }
    return configuration.options.count
  },
  Subject(
    name: "OpenVPN management",
    seeds: [Array("\u{5}ENTER PASSWORD:SUCCESS: password is correct\r\n>INFO:x\r\nEND\r\n".utf8)]
  ) { input in
    var conversation = OpenVPNConversation("ask", hasPassword: true, limit: 4096)
    let size = max(1, Int(input.first ?? 1))
    for start in stride(from: 1, to: input.count, by: size) {
      guard (try? conversation.receive(Array(input[start..<min(input.count, start + size)]))) != nil else { return -1 }
    }
    return conversation.answer.count
  },
  Subject(
    name: "OpenVPN peer", seeds: ["udp4:1.2.3.4:5", "[2001:db8::1]:9", "[AF_INET6]fe80::1%e"].map { Array($0.utf8) }
  ) {
    OpenVPNPeer(String(decoding: $0, as: UTF8.self)).map { "\($0)".utf8.count } ?? -1
  },
  Subject(
    name: "OpenVPN address files",
    seeds: [
      "one,10.8.0.4,\ntwo,10.8.0.8,fd00::2\n", "ifconfig-push 10.8.0.9 255.255.255.0\niroute 10.9.0.0 255.255.0.0\n",
    ]
    .map { Array($0.utf8) }
  ) {
    OpenVPNAddressFiles.pool($0, topology: nil).count + OpenVPNAddressFiles.client($0, name: "one").count
  },
]
