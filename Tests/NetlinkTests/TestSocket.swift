import Flows
import Glibc
import LinuxSystem

/// A socket for a test, in the network namespace of the thread that opens it; closed when its owner goes.
final class TestSocket: Sendable {
  let number: Int32
  /// An IPv6 socket talks to IPv4 endpoints by their mapped addresses.
  private let isV6: Bool

  private init(owning number: Int32, isV6: Bool) {
    self.number = number
    self.isV6 = isV6
  }

  deinit { Glibc.close(number) }

  /// - Parameter isDualStack: an IPv6 socket for IPv4 endpoints.
  init(_ transport: Transport, boundTo endpoint: String, isDualStack: Bool = false) throws {
    let endpoint = try Self.endpoint(endpoint)
    isV6 = isDualStack || !endpoint.address.isV4
    let kind = transport == .tcp ? SOCK_STREAM : SOCK_DGRAM
    number = try checked("socket", Self.result(Glibc.socket(isV6 ? AF_INET6 : AF_INET, Int32(kind.rawValue), 0)))
    var off: Int32 = 0
    if isDualStack {
      try checked("IPV6_V6ONLY", Self.result(setsockopt(number, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, 4)))
    }
    try withAddress(endpoint) { try checked("bind", Self.result(Glibc.bind(number, $0, $1))) }
  }

  func listen() throws { try checked("listen", Self.result(Glibc.listen(number, 16))) }

  func connect(to endpoint: Endpoint) throws {
    try withAddress(endpoint) { try checked("connect \(endpoint)", Self.result(Glibc.connect(number, $0, $1))) }
  }

  func accept() throws -> TestSocket {
    TestSocket(owning: try checked("accept", Self.result(Glibc.accept(number, nil, nil))), isV6: isV6)
  }

  func send(_ count: Int) throws {
    let bytes = [UInt8](repeating: 0x78, count: count)
    try checked("send", Self.result(Glibc.send(number, bytes, count, Int32(MSG_NOSIGNAL))))
  }

  /// Reads exactly `count` bytes.
  func receive(_ count: Int) throws {
    var bytes = [UInt8](repeating: 0, count: count)
    try checked("receive", Self.result(recv(number, &bytes, count, Int32(MSG_WAITALL))))
  }

  var port: UInt16 {
    get throws {
      var bytes = [UInt8](repeating: 0, count: 28)
      var size = socklen_t(bytes.count)
      try bytes.withUnsafeMutableBytes { buffer in
        let address = buffer.baseAddress?.assumingMemoryBound(to: sockaddr.self)
        try checked("getsockname", Self.result(getsockname(number, address, &size)))
      }
      return UInt16(bytes[2]) << 8 | UInt16(bytes[3])
    }
  }

  /// The number in `/proc/self/fd`.
  var inode: UInt32 {
    get throws {
      var status = stat()
      try checked("fstat", Self.result(fstat(number, &status)))
      return UInt32(truncatingIfNeeded: status.st_ino)
    }
  }

  static func endpoint(_ text: String) throws -> Endpoint {
    guard let endpoint = Endpoint(text) else { throw SystemError("parse \(text)", .invalid) }
    return endpoint
  }

  private static func result<Value: SignedInteger & FixedWidthInteger>(_ value: Value) -> Value {
    value < 0 ? Value(-errno) : value
  }

  /// `struct sockaddr_in` or `struct sockaddr_in6`.
  private func withAddress(_ endpoint: Endpoint, _ body: (UnsafePointer<sockaddr>?, socklen_t) throws -> Int32) throws {
    var bytes = withUnsafeBytes(of: UInt16(isV6 ? AF_INET6 : AF_INET)) { Array($0) }
    bytes += [UInt8(endpoint.port >> 8), UInt8(endpoint.port & 255)]
    switch (isV6, endpoint.address.isV4) {
    case (false, _): bytes += endpoint.address.networkOrder + [UInt8](repeating: 0, count: 8)
    case (true, false): bytes += [0, 0, 0, 0] + endpoint.address.networkOrder + [0, 0, 0, 0]
    case (true, true):
      let prefix = [UInt8](repeating: 0, count: 10) + (endpoint.address.isUnspecified ? [0, 0] : [255, 255])
      bytes += [0, 0, 0, 0] + prefix + endpoint.address.networkOrder + [0, 0, 0, 0]
    }
    try bytes.withUnsafeBytes { buffer in
      _ = try body(buffer.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(buffer.count))
    }
  }
}

/// A TCP connection between two sockets of one namespace.
struct TestConnection: Sendable {
  let listener: TestSocket
  let client: TestSocket
  let server: TestSocket
  /// As the client calls it.
  let flow: Flow

  /// - Parameter address: what the client connects to; the listener is at `address` too unless it is dual-stack.
  init(at address: String, isDualStack: Bool = false) throws {
    let listening = isDualStack ? "0.0.0.0:0" : "\(address):0"
    let listener = try TestSocket(.tcp, boundTo: listening, isDualStack: isDualStack)
    try listener.listen()
    try self.init(listener: listener, from: "\(address):0", to: TestSocket.endpoint("\(address):\(listener.port)"))
  }

  /// Connects to `destination`, which leads to `listener`.
  init(listener: TestSocket, from source: String, to destination: Endpoint) throws {
    self.listener = listener
    client = try TestSocket(.tcp, boundTo: source)
    try client.connect(to: destination)
    server = try listener.accept()
    flow = Flow(.tcp, from: Endpoint(try TestSocket.endpoint(source).address, try client.port), to: destination)
  }
}

/// What the machine under the tests can do.
enum TestHost {
  static let isRoot = geteuid() == 0

  static func has(_ program: String) -> Bool {
    ["/usr/sbin", "/sbin", "/usr/bin", "/bin"].contains { access("\($0)/\(program)", X_OK) == 0 }
  }

  /// Runs a command line in the calling thread's namespace.
  static func shell(_ command: String) throws {
    guard system(command) == 0 else { throw SystemError(command, .invalid) }
  }
}
