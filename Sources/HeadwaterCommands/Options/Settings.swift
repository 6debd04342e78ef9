internal import AddressSets
internal import Fleet
internal import Flows
internal import LinuxSystem
internal import Places

/// The settings files, with the imported address sets.
struct Settings: Sendable {
  let fleet: FleetSettings
  private let environment: [String: String]

  /// - Parameter file: a file that is read before the others; it must exist.
  init(file: String?) throws {
    environment = ProcessExit.environment
    fleet = try FleetSettings(file: file, environment: environment)
  }

  /// The path of this user's settings file; nil without a home folder.
  var ownFile: String? { FleetSettings.ownFile(environment: environment) }

  func reportNotes() {
    for note in fleet.notes { Console.report("\(note)") }
  }

  /// The address sets that can be targets: built in, imported, and from the settings. Those in the settings take
  /// precedence over imported ones, and both over built-in ones. Prints which imported sets can't be read.
  func addressSets() -> AddressSets {
    let imported = importedSets()
    var parts: [String: [Prefix]] = [:]
    for (name, set) in imported {
      for (part, prefixes) in set.prefixesByPart { parts["\(name):\(part)"] = prefixes }
    }
    return AddressSets(adding: ownSets(imported), parts: parts)
  }

  /// The same without the built-in sets.
  func ownSets() -> [String: [Prefix]] { ownSets(importedSets()) }

  private func ownSets(_ imported: [String: StoredAddressSet]) -> [String: [Prefix]] {
    fleet.sets.merging(imported.mapValues(\.prefixes)) { settings, _ in settings }
  }

  private func importedSets() -> [String: StoredAddressSet] {
    let (imported, notes) = AddressSetFolder(environment: environment).all()
    for note in notes { Console.report("\(note)") }
    return imported
  }

  /// The location databases on this host.
  ///
  /// - Parameter isWanted: whether locations were asked for; if there is no database, that is then reported.
  func places(isWanted: Bool) -> Places {
    let own = ownFile.map { String($0.dropLast("/config.yaml".count)) }
    let places = Places(files: fleet.places, folders: Places.folders + (own.map { [$0] } ?? []))
    for error in places.errors { Console.report("\(error)") }
    if isWanted, places.databases.isEmpty { Console.report("\(Places.advice)") }
    return places
  }
}
