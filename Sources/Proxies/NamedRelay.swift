public import Flows
public import LinuxSystem
internal import Programs

/// A relay or web server that is known by its name only. Nothing is read of it except the access logs that it holds
/// open.
///
/// Kinds and pairings come from the programs' documentation.
public struct NamedRelay: RelayReader {
  public let software: String
  public let kind: String
  public let programs: ProgramNames
  public let reads: RelayAbilities
  public let usualLogs: [String]
  public var script: CollectingStep? { nil }
  /// How it pairs connections; nil for a web server, which by its name relays for nobody.
  private let pairing: RelayPairing?
  /// Whether it brings here what a server of its kind accepts elsewhere.
  private let isReverse: Bool

  private init(
    _ kind: String, _ pairing: RelayPairing?, _ programs: ProgramNames, called software: String? = nil,
    logs: [String]? = nil, isReverse: Bool = false
  ) {
    self.isReverse = isReverse
    self.software = software ?? programs.names.first ?? kind
    self.kind = kind
    self.pairing = pairing
    self.programs = programs
    reads = logs == nil ? [] : .logs
    usualLogs = logs ?? []
  }

  static let all: [NamedRelay] = [
    NamedRelay("reverse proxy", .configured, ["envoy"], logs: ["/var/log/envoy"]),
    NamedRelay("reverse proxy", .configured, ["traefik"], logs: ["/var/log/traefik"]),
    NamedRelay("reverse proxy", .configured, ["caddy"], logs: ["/var/log/caddy"]),
    NamedRelay("reverse proxy", .configured, ["pound"]),
    NamedRelay("HTTP cache's log", nil, ["varnishncsa"], called: "varnish", logs: []),
    NamedRelay("forward proxy", .configured, ["mitmdump", "mitmproxy", "mitmweb"]),
    NamedRelay("forward proxy", .configured, ["3proxy"]),
    NamedRelay("tunnel", .configured, ["ssserver", "sslocal"]),
    NamedRelay("tunnel", .configured, ["xray", "v2ray", "sing-box", "frps"]),
    NamedRelay(
      "reverse tunnel", .multiplexed, ["frpc", "ngrok", "bore", "rathole", "inlets", "chisel"], isReverse: true),
    NamedRelay("TCP proxy", .oneToOne, ["sniproxy"]),
    NamedRelay("reverse proxy", .configured, ["nghttpx"]),
    NamedRelay("connection pool", .shared, ["pgpool", "nutcracker", "proxysql", "odyssey", "mysqlrouter"]),
    NamedRelay("published port of Podman", .oneToOne, ["rootlessport"]),
    NamedRelay("TCP proxy", .oneToOne, ["rinetd"]),
    NamedRelay("TCP proxy", .oneToOne, ["redir"]),
    NamedRelay("tunnel", .configured, ["gost"]),
    NamedRelay("tunnel", .multiplexed, ["cloudflared"], isReverse: true),
    NamedRelay("DNS server", .configured, ["dnsmasq"]),
    NamedRelay("DNS resolver", .configured, ["unbound"]),
    NamedRelay("DNS resolver", .configured, ["systemd-resolved", "systemd-resolve"], called: "systemd-resolved"),
    NamedRelay("DNS resolver", .configured, ["pdns_recursor"]),
    NamedRelay("DNS resolver", .configured, ["kresd"]),
    NamedRelay("DNS proxy", .configured, ["dnsdist"]),
    NamedRelay("DNS proxy", .configured, ["AdGuardHome"]),
    NamedRelay("DNS proxy", .configured, ["pihole-FTL"]),
    NamedRelay("DNS proxy", .configured, ["coredns"]),
    NamedRelay("DNS proxy", .configured, ["dnscrypt-proxy"]),
    NamedRelay("DNS proxy", .configured, ["stubby"]),
    NamedRelay("web server", nil, ["lighttpd"], logs: []),
  ]

  public func read(_ program: RunningProgram) -> any RelayReading { reading(program.process, program) }

  public func read(_ program: RecordedProgram) -> any RelayReading { reading(program.process, nil) }

  public func sessions(in findings: any RecordedFindings) -> [Evident<RecordedSession>] { [] }

  private func reading(_ process: Process, _ program: RunningProgram?) -> any RelayReading {
    var relay = RelayAnswer(
      software: pairing == nil ? process.name : software, isRelay: pairing != nil, isOneToOne: pairing == .oneToOne)
    if isReverse { relay.isReverse = true }
    return NamedRelayReading(software: software, relay: relay, program: reads.contains(.logs) ? program : nil)
  }
}

private struct NamedRelayReading: RelayReading {
  let software: String
  let relay: RelayAnswer
  /// The program whose open files are searched.
  let program: RunningProgram?

  var problems: [String] { [] }
  func answer() -> RelayAnswer { relay }
  func sites() -> SitesAnswer? { nil }
  func files() -> ProgramEvidence { ProgramEvidence() }

  func logs() throws(RelayError) -> [ServedLog] {
    guard let program else { return [] }
    return try OpenLogs.all(of: program, software: software)
  }
}
