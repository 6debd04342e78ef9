internal import Flows
internal import LinuxSystem
internal import Netlink

/// The sockets of one namespace other than TCP's. It finds which socket a packet belongs to.
struct DatagramSockets {
  struct Socket {
    var cookie: UInt64
    var transport: Transport
    /// The unspecified address stands for any address, port 0 for any port (as for raw sockets).
    var local: Endpoint
    var remote: Endpoint
    var inode: UInt32
    var uid: UInt32
    /// Whether it receives IPv4 packets too.
    var isDualStack: Bool
    var poll = 0
    var closed = false

    var holder: SocketHolder {
      inode != 0 ? .inode(inode, uid: uid) : .unknown(reason: "the socket closed before its process was read")
    }

    /// How well a flow fits the socket, higher is better; nil if it can't belong to it.
    func fit(_ from: Endpoint, _ to: Endpoint) -> Int? {
      var score = 0
      if local.address == from.address {
        score += 2
      } else if !local.address.isUnspecified || (local.address.isV4 != from.address.isV4 && !isDualStack) {
        return nil
      }
      if !remote.address.isUnspecified || remote.port != 0 {
        guard remote.address == to.address, remote.port == 0 || remote.port == to.port else { return nil }
        score += 4
      }
      return score + (inode != 0 ? 1 : 0)
    }
  }

  private struct Name: Hashable {
    var transport: Transport
    var port: UInt16
  }

  private var sockets: [UInt64: Socket] = [:]
  /// The sockets in /proc/net by inode; they have no cookies there.
  private var listed: [UInt32: Socket] = [:]
  private var poll = 0
  private var index: [Name: [Socket]] = [:]

  mutating func beginPoll() { poll += 1 }

  mutating func see(_ record: SocketRecord) {
    guard record.cookie != 0 else { return }
    var socket = socket(record)
    socket.poll = poll
    sockets[record.cookie] = socket
  }

  /// Ends a poll: sockets that are missing in it have closed. They are kept until the next reading.
  mutating func endPoll() {
    for cookie in sockets.keys where sockets[cookie]?.poll != poll { sockets[cookie]?.closed = true }
  }

  /// Handles a socket that the kernel destroyed, whose inode is known only from an earlier poll.
  mutating func close(_ record: SocketRecord) {
    guard record.cookie != 0 else { return }
    if sockets[record.cookie] != nil {
      sockets[record.cookie]?.closed = true
    } else if record.local.port != 0 {
      var socket = socket(record)
      socket.closed = true
      sockets[record.cookie] = socket
    }
  }

  /// Reads the sockets in files of /proc/net (`icmp`, `icmp6`, `raw`, `raw6`), given by name and text.
  mutating func readTables(_ tables: [(name: String, text: [UInt8])]) {
    for (name, text) in tables {
      for line in text.split(separator: UInt8(ascii: "\n")).dropFirst() {
        // A socket that closes is remembered until the next reading.
        if let socket = Self.socket(line, in: name) { listed[socket.inode] = socket }
      }
    }
  }

  /// Sorts the sockets; must be called before `find`.
  mutating func sort() {
    index.removeAll(keepingCapacity: true)
    for socket in [sockets.values.map(\.self), listed.values.map(\.self)].joined() {
      index[Name(transport: socket.transport, port: socket.local.port), default: []].append(socket)
    }
  }

  /// The socket of a flow with these ends; nil if there is none.
  func find(_ transport: Transport, local: Endpoint, remote: Endpoint) -> Socket? {
    for port in local.port == 0 ? [0] : [local.port, 0] {
      let fits = (index[Name(transport: transport, port: port)] ?? []).compactMap { socket in
        socket.fit(local, remote).map { (score: $0, socket: socket) }
      }
      if let best = fits.max(by: { $0.score < $1.score }) { return best.socket }
    }
    return nil
  }

  mutating func forgetClosed() {
    sockets = sockets.filter { !$0.value.closed }
    listed.removeAll()
  }

  private func socket(_ record: SocketRecord) -> Socket {
    Socket(
      cookie: record.cookie, transport: record.transport, local: record.local, remote: record.remote,
      inode: record.inode, uid: record.uid, isDualStack: record.isIPv6Socket)
  }

  /// Reads a line such as `0: 0100007F:0005 00000000:0000 07 …`: the fields of `ping_v4_format_sock` (net/ipv4/ping.c)
  /// and `raw_sock_seq_show` (net/ipv4/raw.c), where the port is the protocol.
  private static func socket(_ line: ArraySlice<UInt8>, in name: String) -> Socket? {
    let fields = line.split(separator: UInt8(ascii: " "))
    guard fields.count > 9, let digits = fields[1].split(separator: UInt8(ascii: ":")).last,
      let number = UInt16(String(decoding: digits, as: UTF8.self), radix: 16),
      let uid = UInt32(String(decoding: fields[7], as: UTF8.self)),
      let inode = UInt32(String(decoding: fields[9], as: UTF8.self)), inode != 0
    else { return nil }
    let any: IPAddress = name.hasSuffix("6") ? .anyV6 : .anyV4
    let isRaw = name.hasPrefix("raw")
    let transport = isRaw ? Transport(UInt8(truncatingIfNeeded: number)) : any.isV4 ? .icmp : .icmp6
    return Socket(
      cookie: 0, transport: transport, local: Endpoint(any, isRaw ? 0 : number), remote: Endpoint(any, 0),
      inode: inode, uid: uid, isDualStack: false)
  }
}
