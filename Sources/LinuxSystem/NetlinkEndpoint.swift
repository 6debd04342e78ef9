internal import CLinux

/// A netlink socket of one protocol, bound in the network namespace of the thread that opened it.
///
/// The socket stays in that namespace. Any thread may use it later without entering the namespace again.
public struct NetlinkEndpoint: ~Copyable, Sendable {
  private let descriptor: Descriptor

  /// Opens a socket of `protocol` (`NETLINK_ROUTE` 0, `NETLINK_SOCK_DIAG` 4, `NETLINK_NETFILTER` 12, `NETLINK_GENERIC`
  /// 16).
  ///
  /// - Parameters:
  ///   - groups: the multicast groups to join, by number (not as a mask).
  ///   - receiveBytes: the size of the receive buffer; 0 keeps the system's default.
  public init(protocol number: Int32, groups: [UInt32] = [], receiveBytes: Int32 = 0) throws(SystemError) {
    descriptor = Descriptor(
      owning: try checked("open netlink socket \(number)", hw_netlink_open(number, groups, groups.count, receiveBytes)))
  }

  /// Takes over a socket that `init(protocol:)` opened and `release()` returned.
  public init(owning descriptor: consuming Descriptor) { self.descriptor = descriptor }

  /// The file descriptor, for waiting; valid while this value lives.
  public var number: Int32 { descriptor.number }

  /// Returns the socket's number to a caller that will close it.
  public consuming func release() -> Int32 { descriptor.release() }

  /// Sends one message to the kernel.
  public borrowing func send(_ message: [UInt8]) throws(SystemError) {
    try checked("send to the kernel", hw_netlink_send(descriptor.number, message, message.count))
  }

  /// Receives one datagram from the kernel; throws `tryAgain` if none came in time.
  ///
  /// - Returns: its length; more than `buffer.count` if it was truncated.
  public borrowing func receive(into buffer: inout [UInt8], timeoutMilliseconds: Int32) throws(SystemError) -> Int {
    try checked(
      "receive from the kernel", hw_netlink_receive(descriptor.number, &buffer, buffer.count, timeoutMilliseconds))
  }
}
