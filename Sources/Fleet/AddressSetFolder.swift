public import AddressSets
internal import Flows
internal import LinuxSystem

/// Where imported address sets are stored: one file each in `sets` beside this user's settings, and in
/// `/etc/headwater/sets`. Of two sets with the same name this user's wins.
public struct AddressSetFolder: Sendable {
  /// This user's own folder; nil without a home folder.
  private let own: String?
  private let system: String

  public static let systemFolder = "/etc/headwater/sets"
  /// The largest file that is read, in bytes: a million prefixes with their parts.
  static let limit = 64 << 20

  /// - Parameter environment: `HOME` and `XDG_CONFIG_HOME` determine the folder of this user's settings.
  public init(environment: [String: String], system: String = systemFolder) {
    own = FleetSettings.ownFile(environment: environment).map { "\($0.dropLast("/config.yaml".count))/sets" }
    self.system = system
  }

  /// Reads the file at `path` and stores its prefixes as the set `name`, replacing an existing one.
  ///
  /// - Returns: the list that was read, with what was skipped.
  public func importFile(_ path: String, as name: String, now: Double) throws(SettingsError) -> AddressList {
    guard Self.isName(name) else {
      throw SettingsError(
        .malformed, path, "\(name) can't be a set's name: use small letters, digits, - and _, and begin with a letter")
    }
    let content = try read(path)
    let list: AddressList
    do throws(AddressListError) { list = try AddressList(parsing: content) } catch {
      throw SettingsError(.malformed, path, error.problem)
    }
    guard let own else { throw SettingsError(.denied, path, "HOME is not set, so there is no folder for sets") }
    let source = path.split(separator: "/").last.map(String.init) ?? path
    do throws(SystemError) {
      let above = own.split(separator: "/")
      for count in max(1, above.count - 2)...above.count {
        let folder = "/" + above.prefix(count).joined(separator: "/")
        do throws(SystemError) { try OwnFiles.make(folder: folder) } catch {
          if !error.errno.isDenial { throw error }
        }
      }
      let text = StoredAddressSet(list, source: source, imported: now).text
      try OwnFiles.replace("\(own)/\(name).set", with: Array(text.utf8))
    } catch {
      throw SettingsError(.denied, "\(own)/\(name).set", "\(error.errno)")
    }
    return list
  }

  /// Removes the set `name`; false if there is none.
  public func forget(_ name: String) throws(SettingsError) -> Bool {
    guard Self.isName(name), let own else { return false }
    let path = "\(own)/\(name).set"
    do throws(SystemError) { try OwnFiles.remove(path) } catch {
      if error.errno == .noSuchFile { return false }
      throw SettingsError(.denied, path, "\(error.errno)")
    }
    return true
  }

  /// All stored sets by name, and what could not be read.
  public func all() -> (sets: [String: StoredAddressSet], notes: [String]) {
    var sets: [String: StoredAddressSet] = [:]
    var notes: [String] = []
    for folder in [own, system].compactMap(\.self) {
      let files: [String]
      do throws(SystemError) { files = try OwnFiles.names(in: folder) } catch {
        if !error.errno.isAbsence { notes.append("the sets in \(folder) could not be read: \(error.errno)") }
        continue
      }
      for file in files where file.hasSuffix(".set") {
        let name = String(file.dropLast(4))
        guard Self.isName(name), sets[name] == nil else { continue }
        do {
          sets[name] = try StoredAddressSet(parsing: try read("\(folder)/\(file)"))
        } catch let error as SettingsError {
          notes.append("\(error)")
        } catch {
          notes.append("\(folder)/\(file): \(error)")
        }
      }
    }
    return (sets, notes)
  }

  /// Whether the text is valid as a set's name, which becomes part of file names and targets.
  static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first), name.utf8.count <= 64
    else { return false }
    return name.utf8.allSatisfy {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
    }
  }

  private func read(_ path: String) throws(SettingsError) -> [UInt8] {
    let content: [UInt8]
    do throws(SystemError) { content = try OwnFiles.read(path, limit: Self.limit + 1) } catch {
      throw SettingsError(error.errno == .noSuchFile ? .missing : .denied, path, "\(error.errno)")
    }
    guard content.count <= Self.limit else {
      throw SettingsError(.malformed, path, "larger than \(Self.limit >> 20) MiB, too large for a list of addresses")
    }
    return content
  }
}
