internal import Flows

/// Which of the addresses that connect are known to speak for others: a CDN's edges, and proxies of one's own.
///
/// What a header says of who asked is believed of them alone, and said to be claimed. Anybody else may write what he likes.
struct Forwarders {
  private let isKnown: @Sendable (IPAddress) -> Bool
  /// The last answers, by the hash of the address.
  private var known = [(hash: UInt64, isForwarder: Bool)](repeating: (0, false), count: 512)
  /// Requests of which a header names somebody else, while who connected is no known forwarder.
  private(set) var unbelieved: UInt64 = 0

  init(_ isKnown: @escaping @Sendable (IPAddress) -> Bool) { self.isKnown = isKnown }

  /// Puts the visitor in the place of who forwarded for him.
  mutating func resolve(_ record: inout LogRecord, _ line: LineBytes) {
    guard let visitor = LogRecord.visitor(line, in: record.forwarded) else { return }
    let peer = record.client
    guard line.part(visitor).bytes != line.part(peer).bytes else { return }
    // A list alone, without who connected, names no one that is surer.
    guard record.isClaimed || peer.isEmpty || isForwarder(line, peer) else {
      unbelieved += 1
      return
    }
    record.client = visitor
    record.via = peer
    record.isClaimed = true
  }

  private mutating func isForwarder(_ line: LineBytes, _ field: Field) -> Bool {
    if line.isLocalAddress(field) || line.has("unix:", at: field.start) { return true }
    let hash = line.hash(field, seed: 0x9E37_79B9_7F4A_7C15) | 1
    let slot = Int(truncatingIfNeeded: hash >> 8) & 511
    if known[slot].hash != hash {
      let address = IPAddress(String(decoding: line.part(field).bytes, as: UTF8.self))
      known[slot] = (hash, address.map(isKnown) ?? false)
    }
    return known[slot].isForwarder
  }
}
