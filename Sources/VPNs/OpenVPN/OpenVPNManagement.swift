public import Flows
public import LinuxSystem
public import Programs

/// OpenVPN's management interface: a text protocol on a TCP or UNIX socket (doc/management-notes.txt in its source).
///
/// One program at a time may be connected; others get no answer. Only `status 3`, `quit` and the password are sent. The
/// password is read for one question and neither kept nor shown.
public struct OpenVPNManagement: Hashable, Sendable {
  public enum Address: Hashable, Sendable, CustomStringConvertible {
    /// An address in the process's own network namespace.
    case tcp(Endpoint)
    /// A path below the process's own root.
    case unix(String)

    public var description: String {
      switch self {
      case .tcp(let endpoint): "\(endpoint)"
      case .unix(let path): path
      }
    }
  }

  public var address: Address
  /// The file with the password, below the process's own root; nil if no password is needed.
  public var passwordFile: String?
  public var place: ConfigurationLine

  /// The time for the whole question, from connecting to `quit`.
  static let timeout = Duration.seconds(2)
  /// The longest answer in bytes: about 100,000 clients.
  static let sizeLimit = 16 << 20

  /// The management interface in the configuration; nil if it has none.
  ///
  /// Throws `unsupported` if asking would have side effects: OpenVPN restarts when the asking program disconnects
  /// (`management-signal`), forgets its passwords (`management-forget-disconnect`), sends questions that another
  /// program must answer (`management-client-auth`, …), or does not listen at all (`management-client`).
  public init?(_ configuration: OpenVPNConfiguration) throws(OpenVPNError) {
    guard let option = configuration.options["management"], option.arguments.count >= 2 else { return nil }
    let operation = "query OpenVPN's management interface, set at \(option.place)"
    let risky = [
      "management-client", "management-signal", "management-forget-disconnect", "management-client-auth",
      "management-external-key", "management-external-cert", "management-query-passwords",
      "management-query-proxy", "management-query-remote", "management-up-down",
    ]
    if let name = risky.first(where: { configuration.options[$0] != nil }) {
      throw OpenVPNError(.unsupported, operation, cause: "the option \(name) makes a connection to it change the VPN")
    }
    place = option.place
    let words = option.arguments
    if words[1] == "unix" {
      address = .unix(configuration.absolute(words[0]))
    } else if let port = Port(words[1]), let host = Self.host(words[0], configuration) {
      address = .tcp(Endpoint(host, port.number))
    } else {
      throw OpenVPNError(.unsupported, operation, cause: "its address \(words[0]) \(words[1]) is not numeric")
    }
    if words.count > 2 {
      if words[2] == "stdin" {
        throw OpenVPNError(.unsupported, operation, cause: "its password was typed in when it started")
      }
      passwordFile = configuration.absolute(words[2])
    }
  }

  /// The host as an address. `tunnel` stands for the server's own address in the VPN, the first one of the network in
  /// `server`.
  private static func host(_ word: String, _ configuration: OpenVPNConfiguration) -> IPAddress? {
    if word == "localhost" { return IPAddress("127.0.0.1") }
    if word == "tunnel" {
      if let own = configuration.options["ifconfig"]?.arguments.first { return IPAddress(own) }
      guard case .v4(let network) = configuration.options["server"]?.arguments.first.flatMap({ IPAddress($0) })
      else { return nil }
      return .v4(network &+ 1)
    }
    // If it listens everywhere, loopback reaches it.
    let address = IPAddress(word)
    if address == .anyV4 { return IPAddress("127.0.0.1") }
    return address == .anyV6 ? IPAddress("::1") : address
  }

  /// The content of the password's file. A process that dropped root (`user nobody`) has read the file as root. It is
  /// read for that process only if the process listens on a socket that root created, so the password can reach no
  /// other process.
  private func password(_ file: String, in root: RootFolder) throws(SystemError) -> FileContent {
    do throws(SystemError) {
      return try root.read(file, limit: 4096)
    } catch {
      guard error.errno.isDenial, let pid = root.rights?.pid, isListener(SocketsOfRoot(of: pid)),
        // If that does not help either, the first error gives the reason.
        let content = try? root.readOfRoot(file, limit: 4096)
      else { throw error }
      return content
    }
  }

  private func isListener(_ sockets: SocketsOfRoot) -> Bool {
    switch address {
    case .tcp(let endpoint): sockets.tcp.contains(endpoint.port)
    case .unix(let path): sockets.paths.contains(path)
    }
  }

  /// The interface's answer to `status 3`, for `OpenVPNStatus`.
  ///
  /// - Parameters:
  ///   - root: the files of the process, with its rights. This matters because anybody can call a program openvpn, name
  ///     another user's file as the password file, and listen at the management address.
  ///   - networkNamespace: the process's namespace (`/proc/PID/ns/net`); nil for the caller's own.
  public func status(in root: RootFolder, networkNamespace: String?) throws(OpenVPNError) -> [UInt8] {
    let operation = "query OpenVPN's management interface at \(address)"
    var password: [UInt8] = []
    if let passwordFile {
      var file: FileContent
      do throws(SystemError) {
        file = try self.password(passwordFile, in: root)
      } catch { throw OpenVPNError(named: error, "read the password of the management interface, \(passwordFile)") }
      defer { file.erase() }
      password = Array(file.bytes.prefix { $0 != 10 && $0 != 13 })
    }
    switch address {
    case .unix(let path):
      let stream: StreamConnection
      do throws(SystemError) {
        stream = try root.connect(path, timeout: Self.timeout)
      } catch { throw OpenVPNError(named: error, operation) }
      return try exchange(stream, password, operation)
    case .tcp(let endpoint):
      // nsenter --net=/proc/PID/ns/net nc 127.0.0.1 7505
      let ask = { () throws -> [UInt8] in
        try exchange(try .tcp(endpoint, timeout: Self.timeout), password, operation)
      }
      do {
        guard let networkNamespace else { return try ask() }
        return try inNetworkNamespace(networkNamespace, ask)
      } catch let error as SystemError {
        throw OpenVPNError(named: error, operation)
      } catch let error as OpenVPNError {
        throw error
      } catch {
        throw OpenVPNError(.broken, operation, cause: "\(error)")
      }
    }
  }
}
