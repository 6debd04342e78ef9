public import Programs

/// The settings of an OpenVPN process, from its command line and the files named there.
///
/// The options are read in OpenVPN's order, so the last one wins. Paths are those of the process, absolute if its
/// working directory is known.
public struct OpenVPNConfiguration: Hashable, Sendable {
  public enum Role: Hashable, Sendable { case server, client, pointToPoint }

  /// `status FILE [seconds]`.
  public struct StatusFile: Hashable, Sendable {
    public var path: String
    /// Seconds between two writes; 60 by default. 0: the file is never written again.
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
  /// Files that could not be read, and why. Their settings are missing.
  public internal(set) var problems: [OpenVPNError] = []
  /// The last option of each name, and all `remote` lines.
  public internal(set) var options: [String: OpenVPNOption] = [:]
  public internal(set) var remotes: [OpenVPNOption] = []
  /// The folder in which relative paths start, after every `cd`.
  public internal(set) var folder: String?

  init() {}

  /// A server assigns addresses to clients. A client has `remote` lines and takes what the server pushes.
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

  /// The version of the status format; 1 by default.
  public var statusVersion: Int { options["status-version"]?.arguments.first.flatMap { Int($0) } ?? 1 }

  public var clientFolder: Location? { location("client-config-dir") }
  public var poolFile: Location? { location("ifconfig-pool-persist") }
  /// The folder that the process changes its root to after its start; nil if it does not.
  public var jail: String? { location("chroot")?.path }

  /// The argument of `dev`: `tun0`, or `tun` if the kernel chooses the number.
  public var device: String? { options["dev"]?.arguments.first }
  /// The port on which it listens; nil for a client, whose port the kernel chooses.
  public var port: UInt16? {
    let word = options["lport"]?.arguments.first ?? options["port"]?.arguments.first
    return word.flatMap { UInt16($0) } ?? (role == .client ? nil : 1194)
  }
  /// The transport as written: `udp`, `tcp-server`, …
  public var transport: String { options["proto"]?.arguments.first ?? "udp" }

  /// The path as the process resolves it after its start.
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
