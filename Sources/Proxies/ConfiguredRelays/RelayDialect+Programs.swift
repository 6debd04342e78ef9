// From the programs' manuals and from what Debian 12 ships.
extension RelayDialect {
  /// `http_port 3128`, `cache_peer HOST TYPE PORT …` (squid 5.7).
  static let squid = RelayDialect(
    file: { value(["-f"], in: $0) ?? "/etc/squid/squid.conf" },
    lines: { lines, found in
      for line in lines {
        switch line.name {
        case "http_port", "https_port":
          if let port = line.values.first.flatMap({ endpoint(written: $0) }) { found.listens(port, at: line.number) }
        case "cache_peer":
          guard line.values.count >= 3, let port = UInt16(line.values[2]) else { continue }
          found.connects(RelayEndpoint(host: line.values[0], port: port), at: line.number)
        default: continue
        }
      }
    },
    logs: { lines in
      // `access_log stdio:/var/log/squid/access.log squid`; without this directive there is a log at the usual path.
      let named = lines.filter { $0.name == "access_log" || $0.name == "cache_access_log" }
      guard !named.isEmpty else { return ["/var/log/squid/access.log"] }
      return named.compactMap { line in
        guard let value = line.values.first, value != "none" else { return nil }
        let path = value.firstIndex(of: ":").map { String(value[value.index(after: $0)...]) } ?? value
        let isFile = value.first == "/" || value.hasPrefix("stdio:") || value.hasPrefix("daemon:")
        return isFile && path.first == "/" ? path : nil
      }
    })

  /// `Port 8888`, `Listen ADDRESS`, `Upstream http HOST:PORT` (tinyproxy 1.11).
  static let tinyproxy = RelayDialect(
    file: { value(["-c"], in: $0) ?? "/etc/tinyproxy/tinyproxy.conf" },
    lines: { lines, found in
      let port = lines.last { $0.name == "port" }
      let number = port?.values.first.flatMap { UInt16($0) } ?? 8888
      let addresses = lines.filter { $0.name == "listen" }
      for line in addresses { found.listens(RelayEndpoint(host: line.values.first, port: number), at: line.number) }
      if addresses.isEmpty { found.listens(RelayEndpoint(port: number), at: port?.number) }
      for line in lines where line.name == "upstream" {
        if let target = line.values.lazy.compactMap({ endpoint(written: $0) }).first {
          found.connects(target, at: line.number)
        }
      }
    })

  /// `internal: 10.0.0.1 port = 1080` (dante 1.4).
  static let dante = RelayDialect(
    file: { value(["-f"], in: $0) ?? "/etc/danted.conf" },
    lines: { lines, found in
      for line in lines where line.name == "internal" {
        let port = line.values.firstIndex(of: "port").flatMap {
          $0 + 1 < line.values.count ? UInt16(line.values[$0 + 1]) : nil
        }
        found.listens(RelayEndpoint(host: line.values.first, port: port ?? 1080), at: line.number)
      }
    })

  /// `frontend = "[*]:443"`, `backend = "[127.0.0.1]:80"` (hitch 1.7).
  static let hitch = RelayDialect(
    file: { value(["--config"], in: $0) ?? "/etc/hitch/hitch.conf" },
    lines: { lines, found in
      var host: String?
      for line in lines {
        let target = line.values.first.flatMap { endpoint(written: $0) }
        switch line.name {
        case "backend": if let target { found.connects(target, at: line.number) }
        case "frontend": if let target { found.listens(target, at: line.number) }
        case "host": host = line.values.first
        case "port":
          if let port = line.values.first.flatMap({ UInt16($0) }) {
            found.listens(RelayEndpoint(host: host == "*" ? nil : host, port: port), at: line.number)
          }
        default: continue
        }
      }
    })

  /// `[web]`, `accept = 443`, `connect = 127.0.0.1:80` (stunnel 5.68).
  static let stunnel = RelayDialect(
    file: { positional($0) ?? "/etc/stunnel/stunnel.conf" },
    lines: { lines, found in
      for line in lines where line.name == "accept" || line.name == "connect" {
        guard let target = line.values.first.flatMap({ endpoint(written: $0) }) else { continue }
        let name = line.section.isEmpty ? nil : line.section
        if line.name == "accept" {
          found.listens(target, named: name, at: line.number, to: name.map { [$0] })
        } else {
          found.connects(target, named: name, at: line.number)
        }
      }
    })

  /// `listen_addr`, `listen_port`, and under `[databases]` `NAME = host=HOST port=PORT …` (pgbouncer 1.18).
  static let pgbouncer = RelayDialect(
    file: { positional($0) ?? "/etc/pgbouncer/pgbouncer.ini" },
    lines: { lines, found in
      let addresses = lines.last { $0.name == "listen_addr" }
      let port = lines.last { $0.name == "listen_port" }
      let number = port?.values.first.flatMap { UInt16($0) } ?? 6432
      let hosts = (addresses?.values ?? []).flatMap { $0.split(separator: ",").map(String.init) }
      for host in hosts {
        found.listens(RelayEndpoint(host: host == "*" ? nil : host, port: number), at: addresses?.number)
      }
      for line in lines where line.section == "databases" {
        func setting(_ name: String) -> String? {
          line.values.firstIndex(of: name).flatMap { $0 + 1 < line.values.count ? line.values[$0 + 1] : nil }
        }
        guard let host = setting("host"), !host.hasPrefix("/") else { continue }
        found.connects(
          RelayEndpoint(host: host, port: setting("port").flatMap { UInt16($0) } ?? 5432), named: line.name,
          at: line.number)
      }
    })

  /// `redsocks { local_ip = …; local_port = …; ip = …; port = …; }` (redsocks 0.5).
  static let redsocks = RelayDialect(
    file: { value(["-c"], in: $0) ?? "/etc/redsocks.conf" },
    lines: { lines, found in
      var written: [String: (value: String, line: Int)] = [:]
      func pair(_ host: String, _ port: String) -> (RelayEndpoint, Int)? {
        guard let number = written[port], let value = UInt16(number.value) else { return nil }
        return (RelayEndpoint(host: written[host]?.value, port: value), number.line)
      }
      for line in lines where line.section == "redsocks" {
        // All on one line, or one a line.
        let words = [line.name] + line.values
        for (index, word) in words.enumerated().dropLast()
        where ["local_ip", "local_port", "ip", "port"].contains(word) {
          written[word] = (words[index + 1], line.number)
        }
      }
      if let (listen, line) = pair("local_ip", "local_port") { found.listens(listen, at: line) }
      if let (target, line) = pair("ip", "port") { found.connects(target, at: line) }
    })

  /// `listen-address 127.0.0.1:8118`, `forward PATTERN HOST:PORT` (privoxy 3.0).
  static let privoxy = RelayDialect(
    file: { positional($0.filter { $0 != "--no-daemon" }) ?? "/etc/privoxy/config" },
    lines: { lines, found in
      for line in lines {
        if line.name == "listen-address", let listen = line.values.first.flatMap({ endpoint(written: $0) }) {
          found.listens(listen, at: line.number)
        }
        if line.name.hasPrefix("forward"), let target = line.values.last.flatMap({ endpoint(written: $0) }) {
          found.connects(target, at: line.number)
        }
      }
    })

  /// `-i ADDRESS -p PORT` (microsocks 1.0).
  static let microsocks = RelayDialect { arguments, found in
    let port = value(["-p"], in: arguments).flatMap { UInt16($0) } ?? 1080
    found.listens(RelayEndpoint(host: value(["-i"], in: arguments), port: port), at: nil)
  }

  /// `-s HOST -p PORT`: its listening address (shadowsocks-libev 3.3).
  static let shadowsocksServer = RelayDialect { arguments, found in
    guard let port = value(["-p"], in: arguments).flatMap({ UInt16($0) }) else { return }
    found.listens(RelayEndpoint(host: value(["-s"], in: arguments), port: port), at: nil)
  }

  /// `-s HOST -p PORT`: its server; `-b ADDRESS -l PORT`: its listening address (shadowsocks-libev 3.3).
  static let shadowsocksClient = RelayDialect { arguments, found in
    if let port = value(["-l"], in: arguments).flatMap({ UInt16($0) }) {
      found.listens(RelayEndpoint(host: value(["-b"], in: arguments) ?? "127.0.0.1", port: port), at: nil)
    }
    if let port = value(["-p"], in: arguments).flatMap({ UInt16($0) }), let host = value(["-s"], in: arguments) {
      found.connects(RelayEndpoint(host: host, port: port), at: nil)
    }
  }

  /// `-a [NAME=]ADDRESS:PORT`, `-b HOST:PORT` (Varnish 7.1). Backends in VCL are not read.
  static let varnish = RelayDialect { arguments, found in
    for (index, word) in arguments.enumerated() where index + 1 < arguments.count {
      let written = arguments[index + 1].split(separator: "=").last.map(String.init) ?? ""
      let bare = written.split(separator: ",").first.map(String.init) ?? ""
      if word == "-a", let listen = endpoint(written: bare) { found.listens(listen, at: nil) }
      if word == "-b", let target = endpoint(written: bare) { found.connects(target, at: nil) }
    }
  }
}

extension ConfiguredRelay {
  /// None of these passes bytes on unchanged: one side has a handshake of the program's own, or TLS.
  static let all: [ConfiguredRelay] = [
    ConfiguredRelay("forward proxy", .configured, ["squid"], .squid),
    ConfiguredRelay("forward proxy", .configured, ["tinyproxy"], .tinyproxy),
    ConfiguredRelay("forward proxy", .configured, ["privoxy"], .privoxy),
    ConfiguredRelay("SOCKS proxy", .configured, ["danted", "sockd"], .dante),
    ConfiguredRelay("SOCKS proxy", .configured, ["microsocks"], .microsocks),
    ConfiguredRelay("redirector", .configured, ["redsocks"], .redsocks),
    ConfiguredRelay("tunnel", .configured, ["ss-server"], .shadowsocksServer),
    ConfiguredRelay("tunnel", .configured, ["ss-local", "ss-redir", "ss-tunnel"], .shadowsocksClient),
    ConfiguredRelay("TLS proxy", .configured, ["hitch"], .hitch),
    ConfiguredRelay("TLS proxy", .configured, ["stunnel", "stunnel4", "stunnel5"], .stunnel),
    ConfiguredRelay("connection pool", .shared, ["pgbouncer"], .pgbouncer),
    ConfiguredRelay("HTTP cache", .shared, ["varnishd", "cache-main"], .varnish),
  ]
}
