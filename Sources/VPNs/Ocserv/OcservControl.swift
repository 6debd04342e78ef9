public import LinuxSystem
public import Programs

/// ocserv's control socket, which answers root: what `occtl` asks. Read-only: nothing but the list of users is asked for.
///
/// A message has one byte for what it is, four for the length of what follows (in the machine's order), and a Protocol Buffer
/// (`ctl.h`, `occtl/unix.c` of ocserv 1.1).
public struct OcservControl: Sendable {
  /// Where the socket is unless `occtl-socket-file` says otherwise.
  public static let usual = "/var/run/occtl.socket"
  /// Where the configuration is unless `-c` says otherwise.
  public static let configurations = ["/etc/ocserv/ocserv.conf", "/etc/ocserv.conf"]
  private static let listUsers: UInt8 = 4
  private static let usersListed: UInt8 = 104
  private static let sizeLimit = 16 << 20

  /// The root of ocserv's process: it may be a container's.
  public let root: RootFolder
  public let socket: String
  /// For everything together.
  public let timeout: Duration

  public init(root: RootFolder, socket: String = OcservControl.usual, timeout: Duration = .seconds(2)) {
    self.root = root
    self.socket = socket
    self.timeout = timeout
  }

  /// The socket that the configuration names: `occtl-socket-file = /run/occtl.socket`.
  public static func socket(in configuration: String) -> String? {
    for line in configuration.split(whereSeparator: \.isNewline) {
      let words = line.split(separator: "=", maxSplits: 1)
      guard words.count == 2, trimmed(words[0]) == "occtl-socket-file" else { continue }
      let path = trimmed(words[1]).filter { $0 != "\"" }
      return path.isEmpty ? nil : path
    }
    return nil
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text.drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }

  /// Those who are connected now.
  public func users() throws(TunnelError) -> [OcservUser] {
    let question = "list ocserv's clients"
    let stream = try root.connect(toFirstOf: [socket], for: question, timeout: timeout)
    let operation = "\(question) at \(stream.peer)"
    var bytes: [UInt8] = []
    do throws(SystemError) {
      try stream.send([Self.listUsers, 0, 0, 0, 0])
      while bytes.count < 5 || (bytes.count < 5 + Self.length(bytes) && Self.length(bytes) <= Self.sizeLimit) {
        let more = try stream.receive()
        guard !more.isEmpty else { break }
        bytes += more
      }
    } catch {
      throw TunnelError(error, operation)
    }
    guard bytes.count >= 5, bytes[0] == Self.usersListed, bytes.count == 5 + Self.length(bytes),
      let users = OcservUser.list(parsing: Array(bytes[5...]))
    else { throw TunnelError(.malformed, operation) }
    return users
  }

  private static func length(_ bytes: [UInt8]) -> Int {
    bytes[1..<5].reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}
