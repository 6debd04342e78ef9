public import Programs

/// What an OpenVPN process was told, from its command line and the files named there.
///
/// The options are read in the order in which OpenVPN reads them, so that the last of two holds. Paths are those of the
/// process, absolute where its working directory is known.
public struct OpenVPNConfiguration: Hashable, Sendable {
  public enum Role: Hashable, Sendable { case server, client, pointToPoint }

  /// `status FILE [seconds]`
  public struct StatusFile: Hashable, Sendable {
    public var path: String
    /// Seconds between two writings; 60 unless it says otherwise. 0: it is never written again.
    public var interval: Double
    public var place: ConfigurationLine
  }

  /// A file or folder that an option names.
  public struct Location: Hashable, Sendable {
    public var path: String
    public var place: ConfigurationLine
  }

  /// The files that were read, in order.
  public internal(set) var files: [String] = []
  /// Files that are named but could not be read, and why; what they say is missing here.
  public internal(set) var problems: [OpenVPNError] = []
  /// Of each name the last, and all `remote` lines.
  public internal(set) var options: [String: OpenVPNOption] = [:]
  public internal(set) var remotes: [OpenVPNOption] = []
  /// Where relative paths start: after every `cd`.
  public internal(set) var folder: String?

  init() {}

  /// Server: it gives addresses to clients. Client: it has `remote` lines and takes what the server pushes.
  public var role: Role {
    if options["server"] != nil || options["server-bridge"] != nil || options["server-ipv6"] != nil { return .server }
    if options["mode"]?.arguments.first == "server" { return .server }
    if options["client"] != nil || options["pull"] != nil { return .client }
    return options["tls-client"] != nil && !remotes.isEmpty ? .client : .pointToPoint
  }

  public var statusFile: StatusFile? {
    guard let option = options["status"], let file = option.arguments.first else { return nil }
    let seconds = option.arguments.count > 1 ? UInt32(option.arguments[1]).map { Double($0) } : 60
    return StatusFile(path: absolute(file), interval: seconds ?? 60, place: option.place)
  }

  /// 1 unless it says otherwise.
  public var statusVersion: Int { options["status-version"]?.arguments.first.flatMap { Int($0) } ?? 1 }

  public var clientFolder: Location? { location("client-config-dir") }
  public var poolFile: Location? { location("ifconfig-pool-persist") }
  /// Where it confines itself to once it has started.
  public var jail: String? { location("chroot")?.path }

  /// The word behind `dev`: `tun0`, or `tun` where the kernel numbers it.
  public var device: String? { options["dev"]?.arguments.first }
  /// The port it listens at; nil for a client, which lets the kernel choose.
  public var port: UInt16? {
    let word = options["lport"]?.arguments.first ?? options["port"]?.arguments.first
    return word.flatMap { UInt16($0) } ?? (role == .client ? nil : 1194)
  }
  /// `udp`, `tcp-server`, … as it is written.
  public var transport: String { options["proto"]?.arguments.first ?? "udp" }

  /// A path as the process resolves it after it has started.
  public func absolute(_ path: String) -> String { Self.join(folder, path) }

  static func join(_ folder: String?, _ path: String) -> String {
    guard !path.hasPrefix("/"), let folder else { return path }
    return folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
  }

  private func location(_ name: String) -> Location? {
    guard let option = options[name], let path = option.arguments.first else { return nil }
    return Location(path: absolute(path), place: option.place)
  }
}
