public import Flows
internal import LinuxSystem

/// Which hosts there are, and named sets of prefixes: what the settings files say.
///
/// `~/.config/headwater/config.yaml` (`$XDG_CONFIG_HOME` in place of `~/.config`), then `/etc/headwater/config.yaml`. Of two
/// hosts or sets with one name the one read first counts. `--hosts FILE` goes before both, and its hosts are then the only
/// ones.
public struct FleetSettings: Hashable, Sendable {
  /// In the order of the files.
  public var hosts: [HostSpecification] = []
  public var sets: [String: [Prefix]] = [:]
  /// Databases of places, besides those in the usual folders.
  public var places: [String] = []
  /// What was passed over: unknown keys, with file and line.
  public var notes: [String] = []

  public init() {}

  /// Reads the files that there are.
  ///
  /// - Parameters:
  ///   - file: what `--hosts` names; it must be there.
  ///   - environment: `HOME` and `XDG_CONFIG_HOME` say where this user's settings are.
  public init(file: String? = nil, environment: [String: String]) throws(SettingsError) {
    var files: [(path: String, isNamed: Bool)] = file.map { [($0, true)] } ?? []
    if let own = Self.ownFile(environment: environment) { files.append((own, false)) }
    files.append((Self.systemFile, false))
    for (path, isNamed) in files {
      let content: [UInt8]?
      do throws(SettingsError) { content = try Self.content(of: path, mustExist: isNamed) } catch {
        // Who became another user has a home that is not theirs; nobody asked for that file.
        guard !isNamed, error.code == .denied else { throw error }
        notes.append("\(error)")
        continue
      }
      guard let content else { continue }
      merge(try FleetSettings(parsing: content, file: path), withHosts: file == nil || isNamed)
    }
  }

  public static let systemFile = "/etc/headwater/config.yaml"

  /// This user's own settings; nil without a home.
  public static func ownFile(environment: [String: String]) -> String? {
    if let folder = environment["XDG_CONFIG_HOME"], folder.hasPrefix("/") { return "\(folder)/headwater/config.yaml" }
    guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
    return "\(home == "/" ? "" : home)/.config/headwater/config.yaml"
  }

  /// What `--host` names: a host of the settings by its name, else whatever `ssh` takes, such as `root@10.0.7.248`.
  public func host(named name: String) throws(SSHArgumentError) -> HostSpecification {
    if let known = hosts.first(where: { $0.name == name }) { return known }
    return HostSpecification(name: name, destination: try SSHDestination(name))
  }

  /// The hosts that `names` name, each once; all hosts if there are no names.
  public func hosts(named names: [String]) throws(SSHArgumentError) -> [HostSpecification] {
    if names.isEmpty { return hosts }
    var chosen: [HostSpecification] = []
    for name in names {
      let host = try host(named: name)
      if !chosen.contains(where: { $0.name == host.name }) { chosen.append(host) }
    }
    return chosen
  }

  /// The whole text of a settings file; nil if it is not there and need not be.
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

  /// Bytes that a settings file may have: some thousand hosts.
  static let limit = 1 << 20

  private mutating func merge(_ other: FleetSettings, withHosts: Bool) {
    if withHosts {
      for host in other.hosts where !hosts.contains(where: { $0.name == host.name }) { hosts.append(host) }
    }
    sets.merge(other.sets) { mine, _ in mine }
    for path in other.places where !places.contains(path) { places.append(path) }
    notes += other.notes
  }
}
