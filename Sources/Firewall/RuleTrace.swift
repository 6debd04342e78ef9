internal import CFirewall
internal import Flows

/// What nftables tells of one packet at one rule or policy (`NFT_MSG_TRACE`, kernel 4.7 and later).
struct TraceEvent: Hashable, Sendable {
  var table: String
  var chain: String
  /// The rule's handle; nil for a policy, or the end of a chain.
  var handle: UInt64?
  var verdict: Verdict
  enum Verdict: Hashable, Sendable {
    case drop, accept, goesOn, queue
  }
  /// Whether it is a policy.
  var isPolicy: Bool
}

/// Reads nftables' trace messages and finds the attempt of each.
struct RuleTrace {
  private var attempts: [UInt32: TestPacket.Kind] = [:]
  /// The events of each attempt's packet, and of the answers to it.
  private(set) var events: [Int: [TraceEvent]] = [:]
  private(set) var replies: [Int: [TraceEvent]] = [:]
  /// Attempts of the host to itself, by source port, whose sequence numbers the kernel chooses.
  var ports: [UInt16: Int] = [:]

  init() {}

  /// Takes all messages of one datagram.
  mutating func read(_ bytes: [UInt8]) {
    var at = 0
    while at + 20 <= bytes.count {
      let length = Int(Self.host32(bytes, at))
      guard length >= 20, at + length <= bytes.count else { return }
      if Int(bytes[at + 4]) | Int(bytes[at + 5]) << 8 == 0x0A11 { message(bytes, at + 16, at + length) }
      at += (length + 3) & ~3
    }
  }

  private mutating func message(_ bytes: [UInt8], _ start: Int, _ end: Int) {
    let family = bytes[start]
    var (table, chain) = ("", "")
    var handle: UInt64?
    var (type, id, policy): (UInt32, UInt32, UInt32?) = (0, 0, nil)
    var code: Int32?
    var network: [UInt8] = []
    var transport: [UInt8] = []
    Self.attributes(bytes, start + 4, end) { kind, from, to in
      switch kind {
      case 1: table = Self.text(bytes, from, to)
      case 2: chain = Self.text(bytes, from, to)
      case 3: handle = bytes[from..<to].reduce(0) { $0 << 8 | UInt64($1) }
      case 4: type = Self.big32(bytes, from, to)
      case 5:
        Self.attributes(bytes, from, to) { kind, from, to in
          if kind == 1 { code = Int32(bitPattern: Self.big32(bytes, from, to)) }
        }
      case 6: id = Self.big32(bytes, from, to)
      case 8: network = Array(bytes[from..<to])
      case 9: transport = Array(bytes[from..<to])
      case 16: policy = Self.big32(bytes, from, to)
      default: break
      }
    }
    if !network.isEmpty, !transport.isEmpty {
      // The kernel uses an id again for a later packet.
      attempts[id] = kind(network, transport)
    }
    guard let owner = attempts[id] else { return }
    let name = "\(Self.family(family)) \(table)"
    if table == FirewallClone.traceTable { return }
    let isPolicy = type == 1
    let value = isPolicy ? policy.map { Int32(bitPattern: $0) } ?? 1 : code ?? -1
    let verdict: TraceEvent.Verdict =
      switch value & 0xFF {
      case _ where value < 0: .goesOn
      case 0, 2: .drop
      case 3: .queue
      default: .accept
      }
    let event = TraceEvent(
      table: name, chain: chain, handle: type == 3 ? handle : nil, verdict: type == 2 ? .goesOn : verdict,
      isPolicy: isPolicy)
    if case .asks(let number) = owner {
      events[number, default: []].append(event)
    } else {
      replies[owner.attempt, default: []].append(event)
    }
  }

  private func kind(_ network: [UInt8], _ header: [UInt8]) -> TestPacket.Kind? {
    guard let first = network.first, header.count >= 4 else { return nil }
    let transport = Transport(first >> 4 == 4 && network.count > 9 ? network[9] : network.count > 6 ? network[6] : 0)
    if let kind = TestPacket.kind(transport, header) { return kind }
    guard transport == .tcp, header.count >= 14 else { return nil }
    let from = UInt16(header[0]) << 8 | UInt16(header[1])
    let to = UInt16(header[2]) << 8 | UInt16(header[3])
    if header[13] & 0x12 == 0x02, let number = ports[from] { return .asks(number) }
    return ports[to].map { .answers($0) }
  }

  private static func attributes(_ bytes: [UInt8], _ start: Int, _ end: Int, _ body: (Int, Int, Int) -> Void) {
    var at = start
    while at + 4 <= end {
      let length = Int(bytes[at]) | Int(bytes[at + 1]) << 8
      let kind = (Int(bytes[at + 2]) | Int(bytes[at + 3]) << 8) & 0x3FFF
      guard length >= 4, at + length <= end else { return }
      body(kind, at + 4, at + length)
      at += (length + 3) & ~3
    }
  }

  private static func text(_ bytes: [UInt8], _ from: Int, _ to: Int) -> String {
    String(decoding: bytes[from..<to].prefix { $0 != 0 }, as: UTF8.self)
  }
  private static func big32(_ bytes: [UInt8], _ from: Int, _ to: Int) -> UInt32 {
    bytes[from..<to].reduce(0) { $0 << 8 | UInt32($1) }
  }
  private static func host32(_ bytes: [UInt8], _ at: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << UInt32($1 * 8) }
  }
  /// `NFPROTO_…` in nft's words.
  private static func family(_ number: UInt8) -> String {
    [1: "inet", 2: "ip", 3: "arp", 5: "netdev", 7: "bridge", 10: "ip6"][number] ?? "family \(number)"
  }
}

extension TestPacket.Kind {
  var attempt: Int {
    switch self {
    case .asks(let number), .answers(let number), .refuses(let number): number
    }
  }
}
