internal import Flows

/// Which of the addresses that connect are known to forward for others: a CDN's edges, and a person's own proxies.
///
/// Only for those a header's client is accepted, and then marked as claimed. Anybody else may send any header.
struct Forwarders {
  private let isKnown: @Sendable (IPAddress) -> Bool
  /// Recent answers by the hash of the address.
  private var known = [(hash: UInt64, isForwarder: Bool)](repeating: (0, false), count: 512)
  /// How many requests have a header that names another client although the connecting address is no known forwarder.
  private(set) var unbelieved: UInt64 = 0

  init(_ isKnown: @escaping @Sendable (IPAddress) -> Bool) { self.isKnown = isKnown }

  /// Replaces the forwarder's address by the client's.
  mutating func resolve(_ record: inout LogRecord, _ line: LineBytes) {
    guard let visitor = LogRecord.visitor(line, in: record.forwarded) else { return }
    let peer = record.client
    guard line.part(visitor).bytes != line.part(peer).bytes else { return }
    // A list without the connecting address has no better client.
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
