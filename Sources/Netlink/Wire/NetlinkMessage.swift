/// The header of one message (`struct nlmsghdr`).
package struct NetlinkHeader: Hashable, Sendable {
  package let type: UInt16
  package let flags: UInt16
  package let sequence: UInt32
}

/// Calls `body` with every message of a datagram, until it returns false.
package func forEachMessage(
  in datagram: RawSpan, _ body: (NetlinkHeader, RawSpan) throws(MalformedMessage) -> Bool
) throws(MalformedMessage) {
  var offset = 0
  while offset <= datagram.byteCount, datagram.byteCount - offset >= NLMSG_HDRLEN {
    guard let length: UInt32 = datagram.integer(at: offset), let type: UInt16 = datagram.integer(at: offset + 4),
      let flags: UInt16 = datagram.integer(at: offset + 6), let sequence: UInt32 = datagram.integer(at: offset + 8)
    else { return }
    guard Int(length) >= NLMSG_HDRLEN, Int(length) <= datagram.byteCount - offset else {
      throw MalformedMessage("message of \(length) bytes at \(offset) of \(datagram.byteCount)")
    }
    let header = NetlinkHeader(type: type, flags: flags, sequence: sequence)
    let payload = datagram.extracting(offset + NLMSG_HDRLEN..<offset + Int(length))
    guard try body(header, payload) else { return }
    offset += aligned(Int(length))
  }
}
