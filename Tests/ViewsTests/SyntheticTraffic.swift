import Flows
import TestNumbers

/// Made-up traffic with every kind of owner, and names that a stranger might choose.
enum SyntheticTraffic {
  static let hostileNames = [
    "\u{1B}[2J\u{1B}[H", "a\nb\rc\td", "\u{9B}31m", "\u{202E}txt.exe", "日本語プロセス", "e\u{301}\u{301}\u{301}\u{301}",
    "👩‍👩‍👧‍👦", "\u{0}\u{7F}", "\u{301}x", "", String(repeating: "x", count: 300), "\u{1B}]0;title\u{7}", "🇩🇪 a\u{200B}b",
  ]

  static func flow(_ random: inout SeededNumbers, names: [String] = ["nginx", "squid", "curl"]) -> FlowTraffic {
    let kind = Int.random(in: 0..<12, using: &random)
    let name = names.randomElement(using: &random) ?? "x"
    let pid = Int32.random(in: 1..<60, using: &random)
    let process = Process(
      pid: pid, startTime: 1, name: name, executable: "/usr/bin/\(name)", command: [name, "-v", name], uid: 0,
      user: name, parents: [.init(pid: 1, name: name)])
    let container = Container(runtime: "docker", id: "0123456789abcdef\(pid % 5)", name: name, image: name)
    let owner =
      switch kind {
      case 0: Owner(reason: "socket closed before it was read: \(name)")
      case 1: Owner(isKernel: true)
      case 2: Owner(machine: name)
      case 3: Owner(container: container)
      case 4: Owner(process: process, container: container)
      case 5: Owner(process: process, container: container, unit: "\(name).service")
      case 6: Owner()
      case 7: Owner(unit: name)
      default: Owner(process: process, unit: "\(name).service")
      }
    let isV6 = kind % 3 == 0
    let remote: IPAddress =
      isV6
      ? .v6(0x2001_0DB8 << 96 | UInt128(UInt64.random(in: 0...UInt64.max, using: &random) >> 40))
      : .v4(0xC633_6400 | UInt32.random(in: 0..<256, using: &random))
    let local: IPAddress = isV6 ? .v6(1) : .v4(0x0A00_0001)
    let roles: [FlowTraffic.Role] = [.initiator, .responder, .peer, .forwarded, .shared]
    let role = roles.randomElement(using: &random) ?? .peer
    let far =
      role == .shared ? Endpoint(.anyV4, 0) : Endpoint(remote, [80, 443, 53].randomElement(using: &random) ?? 1)
    return FlowTraffic(
      namespace: Place(namespace: UInt64(kind % 2)), namespaceName: kind % 2 == 0 ? "host" : "container \(name)",
      role: role,
      flow: Flow(
        [.tcp, .udp, .icmp].randomElement(using: &random) ?? .tcp,
        from: Endpoint(local, UInt16.random(in: 0...65535, using: &random)), to: far),
      owner: owner,
      traffic: Traffic(
        bytesIn: UInt64.random(in: 0..<10_000_000, using: &random),
        bytesOut: UInt64.random(in: 0..<1000, using: &random),
        packetsIn: 3, packetsOut: 4),
      interface: kind == 5 ? nil : ["eth0", "lo", name].randomElement(using: &random))
  }

  static func interval(seed: UInt64, flows: Int, names: [String] = ["nginx", "squid", "curl"]) -> Interval {
    var random = SeededNumbers(seed)
    let isSeveral = seed % 2 == 1
    let all = (0..<flows).map { _ in
      var row = flow(&random, names: names)
      guard isSeveral else { return row }
      row.host = names.randomElement(using: &random)
      row.namespace = row.namespace.on(host: Int.random(in: 0..<3, using: &random))
      return row
    }
    let ledger = (0..<Int(seed % 7)).map { number in
      let total = Traffic(bytesIn: UInt64(number) * 1_000_000, bytesOut: 10_000)
      return LedgerEntry(
        namespace: Place(namespace: 1), namespaceName: number % 2 == 0 ? "host" : names[number % names.count],
        interface: names[number % names.count], total: total, sockets: total,
        unknown: Traffic(bytesIn: UInt64(number) * 1000), reasons: number % 2 == 0 ? [] : ["6.1 kB dropped: no socket"])
    }
    var interval = Interval(
      host: names.first ?? "host", started: "2025-04-20T14:57:17Z", seconds: 2, meter: "ebpf", flows: all,
      ledger: ledger, notes: seed % 3 == 0 ? ["cannot enter namespace \(names[0]): permission"] : [])
    if isSeveral {
      interval.hosts = names.map { HostInterval(host: $0, failure: $0.count % 3 == 0 ? $0 : nil) }
      interval.talks = talks(names, &random)
    }
    return interval
  }

  private static func talks(_ names: [String], _ random: inout SeededNumbers) -> HostTalks {
    let pairs = names.dropFirst().map { name in
      HostPair(
        from: names[0], to: name, bytesTo: UInt64.random(in: 0..<1_000_000_000, using: &random), bytesBack: 5, flows: 3,
        busiest: HostTalker(
          near: .init(name: name, container: name), transport: .udp, port: 53, initiator: names[0], bytes: 5),
        counts: [.init(host: name, bytesTo: 4, bytesBack: 5)], difference: name.count % 2 == 0 ? 0.3 : nil,
        carriers: UInt64(name.count % 2))
    }
    return HostTalks(
      pairs: pairs,
      outside: names.map { HostOutside(host: $0, bytesOut: 5, bytesIn: 7, flows: 1, bytesWithin: 9) })
  }

  static func total(_ flows: [FlowTraffic]) -> Traffic { flows.reduce(into: Traffic()) { $0 += $1.traffic } }
}
