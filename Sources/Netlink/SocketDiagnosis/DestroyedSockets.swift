internal import LinuxSystem

/// Notifies of the TCP and UDP sockets of one network namespace that close, with their last counters.
///
/// Use it from one thread. What the kernel could not queue is lost and counted.
public struct DestroyedSockets: ~Copyable, Sendable {
  private let endpoint: NetlinkEndpoint
  private var buffer = [UInt8](repeating: 0, count: 16384)
  /// How often the kernel's queue was full and notifications were lost. Dump all sockets again after that.
  public private(set) var overruns = 0

  /// A file descriptor that is readable when sockets have closed; valid as long as this value lives.
  public var number: Int32 { endpoint.number }

  /// Opens with a receive buffer of 4 MiB, as far as the system's limits allow.
  init(_ sockets: NetworkNamespaceSockets) throws(NetlinkError) {
    // ss -E
    endpoint = try sockets.open(
      .diagnosis,
      groups: [
        SKNLGRP_INET_TCP_DESTROY, SKNLGRP_INET_UDP_DESTROY, SKNLGRP_INET6_TCP_DESTROY, SKNLGRP_INET6_UDP_DESTROY,
      ], receiveBytes: 4 << 20, operation: "listen for closing sockets")
  }

  /// The sockets that have closed since the last call, at most `limit`; waits for the first one only.
  ///
  /// - Parameter timeoutMilliseconds: 0 does not wait, -1 waits for ever.
  public mutating func receive(timeoutMilliseconds: Int32, limit: Int = 4096) throws(NetlinkError) -> [SocketRecord] {
    var records: [SocketRecord] = []
    var timeout = timeoutMilliseconds
    while records.count < limit {
      do {
        let count = try endpoint.receive(into: &buffer, timeoutMilliseconds: timeout)
        guard count <= buffer.count else { throw MalformedMessage("notification of \(count) bytes was cut") }
        try forEachMessage(in: buffer.span.bytes.extracting(0..<count)) { (header, payload) throws(MalformedMessage) in
          if header.type == SOCK_DIAG_BY_FAMILY {
            records.append(try SocketRecord(parsing: payload, transport: nil))
          }
          return true
        }
        timeout = 0
      } catch let error as SystemError where error.errno == .noBufferSpace {
        overruns += 1
        timeout = 0
      } catch let error as SystemError where error.errno == .tryAgain {
        break
      } catch let error as MalformedMessage {
        throw NetlinkError(.malformed, "listen for closing sockets", detail: error.what)
      } catch {
        throw NetlinkError("listen for closing sockets", cause: error)
      }
    }
    return records
  }
}
