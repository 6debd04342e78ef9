public import Flows
internal import LinuxSystem

/// The hosts and named address sets in the settings files.
///
/// The files are `~/.config/headwater/config.yaml` (`$XDG_CONFIG_HOME` replaces `~/.config`) and then
/// `/etc/headwater/config.yaml`. Of two hosts or sets with the same name the one that is read first wins.
/// `--hosts FILE` is read before both, and its hosts are then the only ones.
public struct FleetSettings: Hashable, Sendable {
  /// The hosts in the order of the files.
  public var hosts: [HostSpecification] = []
  public var sets: [String: [Prefix]] = [:]
  /// Location databases, in addition to those in the usual folders.
  public var places: [String] = []
  /// What `watch:` says; nil if no file has it. An error in it is one of those commands alone that use it.
  public var watch: Result<WatchSettings, SettingsError>?
  /// Keys that were ignored because they are unknown, with file and line.
  public var notes: [String] = []

  public init() {}

  /// Reads the existing files.
  ///
  /// - Parameters:
  ///   - file: the file of `--hosts`; it must exist.
  ///   - environment: `HOME` and `XDG_CONFIG_HOME` determine the folder of this user's settings.
  public init(file: String? = nil, environment: [String: String]) throws(SettingsError) {
    var files: [(path: String, isNamed: Bool)] = file.map { [($0, true)] } ?? []
    if let own = Self.ownFile(environment: environment) { files.append((own, false)) }
    files.append((Self.systemFile, false))
    for (path, isNamed) in files {
      let content: [UInt8]?
      do throws(SettingsError) { content = try Self.content(of: path, mustExist: isNamed) } catch {
        // After a change of user the home folder is another user's, and nobody asked for that file.
        guard !isNamed, error.code == .denied else { throw error }
        notes.append("\(error)")
        continue
      }
      guard let content else { continue }
      merge(try FleetSettings(parsing: content, file: path), withHosts: file == nil || isNamed)
    }
  }

  public static let systemFile = "/etc/headwater/config.yaml"

  /// The path of this user's settings; nil without a home folder.
  public static func ownFile(environment: [String: String]) -> String? {
    if let folder = environment["XDG_CONFIG_HOME"], folder.hasPrefix("/") { return "\(folder)/headwater/config.yaml" }
    guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
    return "\(home == "/" ? "" : home)/.config/headwater/config.yaml"
  }

  /// The host of `--host`: one of the settings by its name, otherwise a destination for `ssh` such as
  /// `root@10.0.7.248`.
  public func host(named name: String) throws(SSHArgumentError) -> HostSpecification {
    if let known = hosts.first(where: { $0.name == name }) { return known }
    return HostSpecification(name: name, destination: try SSHDestination(name))
  }

  /// The hosts with these names, each once; all hosts if `names` is empty.
  public func hosts(named names: [String]) throws(SSHArgumentError) -> [HostSpecification] {
    if names.isEmpty { return hosts }
    var chosen: [HostSpecification] = []
    for name in names {
      let host = try host(named: name)
      if !chosen.contains(where: { $0.name == host.name }) { chosen.append(host) }
    }
    return chosen
  }

  /// The text of a settings file; nil if it does not exist and need not.
  static func content(of path: String, mustExist: Bool) throws(SettingsError) -> [UInt8]? {
    let content: [UInt8]
    do {
      content = try TrustedFile.read(path, limit: limit + 1)
    } catch let error as TrustedFile.Distrust {
      throw SettingsError(
        error.owner == nil ? .untrusted : .denied, path,
        "not read, because \(error): settings can make ssh run programs (ProxyCommand), so only root and you may be able to"
          + " write them. Check its content, then: \(error.remedy)")
    } catch let error as SystemError {
      guard error.errno == .noSuchFile else { throw SettingsError(.denied, path, "\(error.errno)") }
      if mustExist { throw SettingsError(.missing, path, "no such file") }
      return nil
    } catch {
      throw SettingsError(.denied, path, "\(error)")
    }
    guard content.count <= limit else {
      throw SettingsError(.malformed, path, "larger than \(limit >> 10) KiB, too large for a settings file")
    }
    return content
  }

  /// The largest settings file in bytes: some thousand hosts.
  static let limit = 1 << 20

  private mutating func merge(_ other: FleetSettings, withHosts: Bool) {
    if withHosts {
      for host in other.hosts where !hosts.contains(where: { $0.name == host.name }) { hosts.append(host) }
    }
    sets.merge(other.sets) { mine, _ in mine }
    for path in other.places where !places.contains(path) { places.append(path) }
    watch = watch ?? other.watch
    notes += other.notes
  }
}
