internal import AddressSets
internal import Fleet
internal import Flows
internal import LinuxSystem
internal import Places

/// What the settings files say, and the imported sets beside them.
struct Settings: Sendable {
  let fleet: FleetSettings
  private let environment: [String: String]

  /// - Parameter file: read before the others; it must be there.
  init(file: String?) throws {
    environment = ProcessExit.environment
    fleet = try FleetSettings(file: file, environment: environment)
  }

  /// This user's own settings file; nil without a home.
  var ownFile: String? { FleetSettings.ownFile(environment: environment) }

  func reportNotes() {
    for note in fleet.notes { Console.report("\(note)") }
  }

  /// The sets of addresses that stand for targets: built in, imported, and those of the settings, of which the last named
  /// go first. Reports imported ones that can't be read.
  func addressSets() -> AddressSets {
    let imported = importedSets()
    var parts: [String: [Prefix]] = [:]
    for (name, set) in imported {
      for (part, prefixes) in set.prefixesByPart { parts["\(name):\(part)"] = prefixes }
    }
    return AddressSets(adding: ownSets(imported), parts: parts)
  }

  /// The same without those that are built in.
  func ownSets() -> [String: [Prefix]] { ownSets(importedSets()) }

  private func ownSets(_ imported: [String: StoredAddressSet]) -> [String: [Prefix]] {
    fleet.sets.merging(imported.mapValues(\.prefixes)) { settings, _ in settings }
  }

  private func importedSets() -> [String: StoredAddressSet] {
    let (imported, notes) = AddressSetFolder(environment: environment).all()
    for note in notes { Console.report("\(note)") }
    return imported
  }

  /// Where addresses are, as the databases on this host say.
  ///
  /// - Parameter isWanted: whether places were asked for; where there is no database, that is then said.
  func places(isWanted: Bool) -> Places {
    let own = ownFile.map { String($0.dropLast("/config.yaml".count)) }
    let places = Places(files: fleet.places, folders: Places.folders + (own.map { [$0] } ?? []))
    for error in places.errors { Console.report("\(error)") }
    if isWanted, places.databases.isEmpty { Console.report("\(Places.advice)") }
    return places
  }
}
