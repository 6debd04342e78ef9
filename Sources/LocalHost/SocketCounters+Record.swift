internal import Flows
internal import Netlink
internal import Questions

extension SocketCounters {
  /// Nil for a record without statistics, or from a kernel that does not count bytes (before Linux 4.1).
  init?(_ record: SocketRecord, in namespace: Place, role: Role, pid: Int32) {
    guard let tcp = record.tcp, let acknowledged = tcp.bytesAcked, let received = tcp.bytesReceived else { return nil }
    self.init(
      cookie: record.cookie, namespace: namespace, flow: record.flow, role: role, pid: pid, received: received,
      writtenAtLeast: 0, sinceReceived: tcp.millisecondsSinceReceived, sinceSent: tcp.millisecondsSinceSent)
    var unread = UInt64(record.receiveQueue)
    // A received FIN counts as a byte, also in the queue until the process has read the end of the file.
    switch record.state {
    case .closeWait, .lastAcknowledgement, .closing, .timeWait:
      self.received -= min(received, 1)
      unread -= min(unread, 1)
    default: break
    }
    self.unread = unread
    // The acknowledgement of the own SYN counts as a byte if this end connected; so does that of the own FIN.
    let marks: UInt64 = (role == .outbound ? 1 : 0) + (record.state == .finWait2 || record.state == .timeWait ? 1 : 0)
    let delivered = acknowledged - min(acknowledged, marks)
    let finish: UInt64
    switch record.state {
    case .finWait1, .lastAcknowledgement, .closing: finish = 1
    default: finish = 0
    }
    let unsent = UInt64(tcp.unsentBytes ?? 0)
    self.unsent = unsent - min(unsent, finish)
    if tcp.unacknowledgedSegments == 0, tcp.unsentBytes != nil {
      writtenAtLeast = delivered + self.unsent
      writtenAtMost = writtenAtLeast
    } else if let sent = tcp.bytesSent, tcp.unsentBytes != nil {
      // Without retransmissions, what was sent is what was written. With them, the kernel's sums are not reliable.
      let written = sent + unsent
      writtenAtMost = written
      writtenAtLeast = tcp.bytesRetransmitted == 0 ? max(delivered, written - min(written, finish)) : delivered
    } else {
      writtenAtLeast = delivered
      writtenAtMost = delivered + UInt64(record.sendQueue)
    }
  }
}
