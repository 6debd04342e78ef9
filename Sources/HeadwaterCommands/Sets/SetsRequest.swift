internal import AddressSets
internal import Documents
internal import Fleet
internal import Flows
internal import LinuxSystem
internal import Views

/// The resolved request of `headwater sets list`.
struct SetsRequest {
  let settings: Settings

  init(_ command: SetsListCommand) throws { settings = try command.settings.resolved() }

  func answer() -> SetsAnswer {
    let (imported, notes) = AddressSetFolder(environment: ProcessExit.environment).all()
    let own = settings.fleet.sets
    var sets = imported.map { name, set in SetsDocument.Item(name, set, now: SystemClock.now()) }
    sets.removeAll { own[$0.name] != nil }
    sets += own.map { SetsDocument.Item($0.key, $0.value, source: "settings") }
    let builtIn = AddressSets()
    for name in builtIn.names where !sets.contains(where: { $0.name == name }) {
      sets.append(SetsDocument.Item(name, builtIn[name] ?? [], source: "built in"))
    }
    return SetsAnswer(
      document: SetsDocument(sets: sets.sorted { $0.name < $1.name }, notes: settings.fleet.notes + notes))
  }
}

/// The sets and where they come from.
struct SetsAnswer: Answer {
  let document: SetsDocument
  var status: ExitStatus { .answered }

  func lines(_ output: Output) -> [Line] {
    SetsTable(width: output.width, isVerbose: output.isVerbose).lines(document)
  }
}

extension SetsDocument.Item {
  init(_ name: String, _ prefixes: [Prefix], source: String) {
    let count = prefixes.count { $0.address.isV4 }
    self.init(name: name, ipv4: count, ipv6: prefixes.count - count, source: source)
  }

  init(_ name: String, _ set: StoredAddressSet, now: Double) {
    self.init(name, set.prefixes, source: set.source)
    parts = set.parts.sorted()
    imported = SystemClock.text(set.imported)
    dated = set.dated
    days = Int(max(0, now - set.imported) / 86400)
  }
}
