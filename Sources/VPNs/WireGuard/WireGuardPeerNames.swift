public import Flows
public import LinuxSystem

/// The names that people gave to the peers of WireGuard devices, by public key: from comments in configurations, and
/// from wg-easy.
///
/// The files hold private keys. Only names and public keys are taken from them, and their bytes are overwritten.
public struct WireGuardPeerNames: Sendable {
  public struct Name: Hashable, Sendable {
    public var name: String
    /// The file with the name, as this process reaches it: `/proc/811/root/etc/wireguard/wg0.conf`.
    public var file: String
  }

  /// The folders with configurations: those of wg-quick(8) and wg-easy, and of the image linuxserver/wireguard.
  public static let folders = ["/etc/wireguard", "/config/wg_confs", "/config"]
  private static let fileLimit = 4 << 20
  private static let filesPerFolder = 256

  public private(set) var names: [WireGuardPublicKey: Name] = [:]
  /// Existing files that could not be read, with the reason, for people.
  public private(set) var unread: [String] = []

  /// Reads the files below `roots`, usually the host's own root and that of the process that holds the device. A name
  /// from an earlier file wins.
  public init(in roots: [RootFolder]) {
    for root in roots {
      for folder in Self.folders { add(folder, of: root) }
    }
  }

  public init() {}

  /// Adds the names in the configuration `content`, whose path is `file`. Names that are already known stay.
  public mutating func add(configuration content: [UInt8], file: String) {
    for (key, name) in WireGuardConfiguration.names(in: content) where names[key] == nil {
      names[key] = Name(name: name, file: file)
    }
  }

  /// Adds the names in `others`. Names that are already known stay.
  public mutating func add(_ others: WireGuardPeerNames) {
    names.merge(others.names) { first, _ in first }
    unread += others.unread
  }

  /// The name of the peer; nil if no file has one.
  public subscript(key: WireGuardPublicKey) -> Name? { names[key] }

  /// The name of the peer, or else `peer 8xVvoPgd`, with the first 8 characters of the key.
  public func title(of key: WireGuardPublicKey) -> String { names[key]?.name ?? key.title }

  private mutating func add(_ folder: String, of root: RootFolder) {
    let files: [String]
    do throws(SystemError) {
      files = try root.names(in: folder).filter { $0.hasSuffix(".conf") || $0.hasSuffix(".json") }
    } catch {
      if error.errno.isDenial { unread.append("\(error)") }
      return
    }
    if files.count > Self.filesPerFolder {
      unread.append("more than \(Self.filesPerFolder) files in \(root.shown(folder))")
    }
    for name in files.prefix(Self.filesPerFolder) {
      let path = "\(folder)/\(name)"
      do throws(SystemError) {
        var file = try root.read(path, limit: Self.fileLimit)
        defer { file.erase() }
        if file.isCut { throw SystemError("read \(root.shown(path))", .fileTooLarge) }
        let isJSON = name.hasSuffix(".json")
        let found =
          isJSON ? WireGuardEasyClients.names(in: file.bytes) : WireGuardConfiguration.names(in: file.bytes)
        for (key, name) in found ?? [:] where names[key] == nil {
          names[key] = Name(name: name, file: root.shown(path))
        }
      } catch {
        unread.append("\(error)")
      }
    }
  }
}
