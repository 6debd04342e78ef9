/// An open file descriptor of HAProxy for a connection or a listener: a line of `show fd`.
///
/// Only this list has connections without a stream, such as idle keep-alive clients and pooled connections to servers.
/// `/proc/PID/fd/NUMBER` leads to the socket.
public struct HAProxyDescriptor: Hashable, Sendable {
  public enum Side: String, Hashable, Sendable {
    case listener
    /// A connection that a client opened.
    case client
    /// A connection that HAProxy opened.
    case server
  }

  public var number: Int32
  public var side: Side
  /// HAProxy's own port; nil for UNIX sockets, and before version 2.4.
  public var localPort: UInt16?
  /// The port of the other end; nil for UNIX sockets, and before version 2.4.
  public var remotePort: UInt16?
  /// The address family: `ipv4`, `ipv6`, `unix`.
  public var family: String?
  /// The frontend of a listener or client.
  public var frontend: String?
  public var backend: String?
  public var server: String?
  /// The protocol on the connection: `H1`, `H2`, `PASS`.
  public var mux: String?

  public init(number: Int32, side: Side) {
    self.number = number
    self.side = side
  }

  /// Reads an answer to `show fd` of HAProxy 1.8 to 3.5 (its src/cli.c). Pipes and other descriptors are left out.
  public static func list(parsing answer: [UInt8]) -> [HAProxyDescriptor] {
    HAProxyText.lines(answer).compactMap(HAProxyDescriptor.init)
  }

  /// Reads one line:
  /// `    19 : st=0x000121(…) … back=0 cflg=0x00000300 fam=ipv4 lport=18080 rport=46612 fe=web mux=H1 …`
  private init?(_ line: Substring) {
    let words = line.split(separator: " ")
    guard words.count > 2, words[1] == ":", let number = Int32(words[0]), number >= 0 else { return nil }
    var values: [Substring: Substring] = [:]
    for word in words.dropFirst(2) {
      guard let equals = word.firstIndex(of: "=") else { continue }
      // The first value is HAProxy's own for the connection; those of the protocols follow.
      if values[word[..<equals]] == nil { values[word[..<equals]] = word[equals...].dropFirst() }
    }
    if values["l.st"] != nil {
      self.init(number: number, side: .listener)
    } else if let back = values["back"] {
      self.init(number: number, side: back == "1" ? .server : .client)
    } else if values["sv"] != nil || values["px"] != nil {
      self.init(number: number, side: .server)
    } else if values["fe"] != nil {
      self.init(number: number, side: .client)
    } else {
      return nil
    }
    family = values["fam"].map(String.init)
    localPort = values["lport"].flatMap { UInt16($0) }
    remotePort = values["rport"].flatMap { UInt16($0) }
    frontend = values["fe"].map { String(Self.withoutEnd($0)) }
    mux = values["mux"].map(String.init)
    backend = values["px"].map { String(Self.withoutEnd($0)) }
    if let names = values["sv"].map(Self.withoutEnd)?.split(separator: "/", maxSplits: 1), names.count == 2 {
      (backend, server) = (String(names[0]), String(names[1]))
    }
  }

  /// Removes the parenthesis with which version 2.2 ends every line.
  private static func withoutEnd(_ text: Substring) -> Substring { text.hasSuffix(")") ? text.dropLast() : text }

  /// The same descriptor with backend and server in the right order: old versions print `server/backend`, newer ones
  /// `backend/server`, and the configuration shows which is which.
  public func ordered(by configuration: HAProxyConfiguration) -> HAProxyDescriptor {
    guard let backend, let server, configuration.server(server, in: backend) == nil,
      configuration.server(backend, in: server) != nil
    else { return self }
    var swapped = self
    (swapped.backend, swapped.server) = (server, backend)
    return swapped
  }
}
