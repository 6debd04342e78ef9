public import Flows
public import LinuxSystem

/// Names of ports from a services file (services(5)).
public struct ServiceNames: Sendable {
  /// A port with its transport.
  public struct Service: Hashable, Sendable {
    public var port: UInt16
    public var transport: Transport
  }

  private var names: [Service: String] = [:]
  private var services: [String: [Service]] = [:]
  /// Why there are no names: the file could not be read. Nil if it was read or does not exist.
  public private(set) var failure: SystemError?

  /// This host's `/etc/services`, read once; it has no names if the file is missing, as in small containers.
  public static let host = ServiceNames(file: "/etc/services")

  /// For outputs of other hosts, whose files have more names than this one's: those of `host` before IANA's.
  public static let pasted = host.adding(ServiceNames(parsing: Array(registered.utf8)))

  /// With the names of `other` that are not known here.
  func adding(_ other: ServiceNames) -> ServiceNames {
    var result = self
    result.names.merge(other.names) { own, _ in own }
    result.services.merge(other.services) { own, _ in own }
    return result
  }

  /// Names of IANA's registry that Red Hat's and macOS's files have, and Debian's does not, of ports that services use.
  private static let registered = [
    ("1194", "openvpn"), ("1433", "ms-sql-s"), ("1434", "ms-sql-m"), ("1521", "ncube-lm"), ("1883", "mqtt"),
    ("2049", "nfs"), ("2368", "opentable"), ("2375", "docker"), ("2376", "docker-s"), ("2379", "etcd-client"),
    ("2380", "etcd-server"), ("3000", "hbci"), ("3128", "squid"), ("3129", "netport-id"), ("3306", "mysql"),
    ("3389", "ms-wbt-server"), ("3690", "svn"), ("4500", "ipsec-nat-t"), ("5000", "commplex-main"),
    ("5001", "commplex-link"), ("5060", "sip"), ("5061", "sips"), ("5222", "xmpp-client"), ("5269", "xmpp-server"),
    ("5353", "mdns"), ("5355", "llmnr"), ("5432", "postgresql postgres"), ("5601", "esmagent"), ("5671", "amqps"),
    ("5672", "amqp"), ("5900", "rfb"), ("6379", "redis"), ("6443", "sun-sr-https"), ("7000", "afs3-fileserver"),
    ("7001", "afs3-callback"), ("8000", "irdmi"), ("8001", "vcom-tunnel"), ("8002", "teradataordbms"),
    ("8003", "mcreport"), ("8080", "webcache http-alt"), ("8081", "tproxy sunproxyadmin"), ("8082", "us-cli"),
    ("8083", "us-srv"), ("8086", "d-s-n"), ("8088", "radan-http"), ("8090", "opsmessaging"), ("8091", "jamlink"),
    ("8181", "intermapper"), ("8200", "trivnet1"), ("8443", "pcsync-https"), ("8500", "fmtp"), ("8883", "secure-mqtt"),
    ("8888", "ddi-tcp-1"), ("9000", "cslistener"), ("9090", "websm"), ("9100", "hp-pdl-datastr jetdirect"),
    ("9200", "wap-wsp"), ("9300", "vrace"), ("9418", "git"), ("10000", "ndmp"), ("10050", "zabbix-agent"),
    ("10051", "zabbix-trapper"), ("11211", "memcache"), ("27017", "mongodb"), ("135", "epmap"),
    ("445", "microsoft-ds"),
  ].flatMap { port, names in
    let words = names.split(separator: " ")
    return ["tcp", "udp"].map { "\(words[0]) \(port)/\($0) \(words.dropFirst().joined(separator: " "))\n" }
  }.joined()

  /// Reads up to 16 MiB of `path`; a missing file gives no names.
  public init(file path: String) {
    do throws(SystemError) {
      self.init(parsing: try Descriptor(reading: path).readToEnd(limit: 16 << 20))
    } catch {
      self.init(parsing: [])
      if !error.errno.isAbsence { failure = error }
    }
  }

  /// Reads lines of the form `name port/protocol alias…  # comment` and ignores others. The first name of a port wins.
  public init(parsing content: [UInt8]) {
    for line in content.split(separator: UInt8(ascii: "\n")) {
      let fields = line.prefix { $0 != UInt8(ascii: "#") }.split { $0 == 32 || $0 == 9 || $0 == 13 }
      guard fields.count > 1 else { continue }
      let parts = fields[1].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
      guard parts.count == 2, let port = Port(parts[0]), let transport = Transport(parts[1]) else { continue }
      let service = Service(port: port.number, transport: transport)
      let words = ([fields[0]] + fields.dropFirst(2)).map { String(decoding: $0, as: UTF8.self) }
      if names[service] == nil { names[service] = words[0] }
      for word in words { services[word, default: []].append(service) }
    }
  }

  /// `https` for 443 and TCP.
  public func name(of port: UInt16, _ transport: Transport) -> String? {
    names[Service(port: port, transport: transport)]
  }

  /// The ports of a name or an alias: `https` is 443 for TCP and for UDP.
  public func services(named name: String) -> [Service] { services[name] ?? [] }
}
