public import Flows
internal import LinuxSystem

/// A user-space WireGuard program's answer about its device, parsed as it arrives: the answer to `get=1` of the
/// cross-platform interface (https://www.wireguard.com/xplatform/), lines of `key=value` up to an empty line.
///
/// `private_key` and `preshared_key` lines are never kept: the bytes of a line are overwritten after it was parsed,
/// also in the caller's array.
public struct WireGuardAnswer: Sendable {
  /// Why an answer was rejected.
  public enum Malformation: Error, Hashable, Sendable, CustomStringConvertible {
    /// A line without `=`, a value that its key does not allow, or a peer's line before any peer.
    case line
    /// A line without an end, or more peers and prefixes than a device can have.
    case tooLarge
    /// The stream ended before the empty line.
    case endsEarly

    public var description: String {
      switch self {
      case .line: "a line has an unknown format"
      case .tooLarge: "it is too large"
      case .endsEarly: "its end is missing"
      }
    }
  }

  /// The longest accepted line in bytes; the longest known one has 78.
  private static let lineLimit = 1024
  /// The limit for peers and allowed prefixes together; wireguard-go allows 65536 peers.
  private let entryLimit: Int

  /// Whether the whole answer was read.
  public private(set) var isComplete = false
  /// The error number at the end of the answer; 0 is success; nil until it was read.
  public private(set) var errorNumber: Int32?
  /// The device as far as it was read.
  public private(set) var device: WireGuardDevice
  private var entries = 0
  /// The beginning of an incomplete line. It is never reallocated, so that no copy of a key remains.
  private var partial: [UInt8] = []

  /// - Parameter name: the interface's name, which the answer does not have.
  public init(for name: String) { self.init(for: name, entryLimit: 1 << 20) }

  init(for name: String, entryLimit: Int) {
    self.entryLimit = entryLimit
    device = WireGuardDevice(name: name)
    partial.reserveCapacity(Self.lineLimit)
  }

  /// Parses the next bytes of the stream and overwrites them.
  public mutating func receive(_ bytes: inout [UInt8]) throws(Malformation) {
    defer { Secrets.erase(&bytes) }
    var start = 0
    while !isComplete, start < bytes.count {
      guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else {
        guard partial.count + bytes.count - start <= Self.lineLimit else { throw .tooLarge }
        partial.append(contentsOf: bytes[start...])
        return
      }
      if partial.isEmpty {
        try read(bytes[start..<end])
      } else {
        guard partial.count + end - start <= Self.lineLimit else { throw .tooLarge }
        partial.append(contentsOf: bytes[start..<end])
        // Taken out of `self` meanwhile, so that it has one owner and is overwritten in place.
        var line: [UInt8] = []
        swap(&line, &partial)
        defer {
          Secrets.erase(&line)
          line.removeAll(keepingCapacity: true)
          swap(&line, &partial)
        }
        try read(line[...])
      }
      start = end + 1
    }
  }

  /// Ends the stream; throws if the answer is not complete.
  public func end() throws(Malformation) { if !isComplete { throw .endsEarly } }

  private mutating func read(_ line: ArraySlice<UInt8>) throws(Malformation) {
    if line.isEmpty {
      isComplete = true
      return
    }
    guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { throw .line }
    let value = line[(equals + 1)...]
    let key = String(decoding: line[..<equals], as: UTF8.self)
    switch key {
    case "private_key", "preshared_key": break
    case "public_key": try begin(value)
    case "listen_port": device.listenPort = try Self.number(value)
    case "fwmark": device.firewallMark = try Self.number(value)
    case "errno":
      guard let number = Int32(String(decoding: value, as: UTF8.self)) else { throw .line }
      errorNumber = number
    case "endpoint", "allowed_ip", "last_handshake_time_sec", "last_handshake_time_nsec", "rx_bytes", "tx_bytes",
      "persistent_keepalive_interval":
      guard let peer = device.peers.indices.last else { throw .line }
      try Self.read(key, value, into: &device.peers[peer])
      if key == "allowed_ip" { try count() }
    // `protocol_version`, and what newer programs may add.
    default: break
    }
  }

  private mutating func begin(_ value: ArraySlice<UInt8>) throws(Malformation) {
    guard let key = WireGuardPublicKey(hexadecimal: value) else { throw .line }
    try count()
    device.peers.append(WireGuardPeer(publicKey: key))
  }

  private static func read(
    _ key: String, _ value: ArraySlice<UInt8>, into peer: inout WireGuardPeer
  ) throws(Malformation) {
    switch key {
    case "endpoint":
      guard let endpoint = endpoint(value) else { throw .line }
      peer.endpoint = endpoint
    case "allowed_ip":
      guard let prefix = Prefix(String(decoding: value, as: UTF8.self)) else { throw .line }
      peer.allowedPrefixes.append(prefix)
    case "last_handshake_time_sec":
      let seconds: UInt64 = try number(value)
      peer.lastHandshake = seconds == 0 ? nil : Double(seconds)
    case "last_handshake_time_nsec":
      let nanoseconds: UInt32 = try number(value)
      peer.lastHandshake = peer.lastHandshake.map { $0 + Double(nanoseconds) / 1e9 }
    case "rx_bytes": peer.receivedBytes = try number(value)
    case "tx_bytes": peer.sentBytes = try number(value)
    default:
      let seconds: UInt16 = try number(value)
      peer.persistentKeepalive = seconds == 0 ? nil : seconds
    }
  }

  private mutating func count() throws(Malformation) {
    entries += 1
    if entries > entryLimit { throw .tooLarge }
  }

  /// Reads `192.0.2.1:51820`, `[2001:db8::1]:51820`, `[fe80::1%eth0]:51820`; an IPv4-mapped address becomes IPv4.
  private static func endpoint(_ value: ArraySlice<UInt8>) -> Endpoint? {
    var text = String(decoding: value, as: UTF8.self)
    if let zone = text.firstIndex(of: "%"), let bracket = text.lastIndex(of: "]"), zone < bracket {
      text.removeSubrange(zone..<bracket)
    }
    guard let endpoint = Endpoint(text) else { return nil }
    return Endpoint(
      endpoint.address.isV4 ? endpoint.address : IPAddress(mapped: endpoint.address.integer), endpoint.port)
  }

  private static func number<Value: FixedWidthInteger>(_ value: ArraySlice<UInt8>) throws(Malformation) -> Value {
    guard let first = value.first, (48...57).contains(first), let number = Value(String(decoding: value, as: UTF8.self))
    else { throw .line }
    return number
  }
}
