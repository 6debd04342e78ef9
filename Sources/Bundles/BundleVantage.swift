public import Flows
internal import JSON
internal import Programs
public import Questions

/// A host that is known from recorded evidence only: Headwater's own records, the plain output of tools that people ran
/// there, or both.
public struct BundleVantage: Vantage {
  public let host: String
  /// The content of `host.json`; only the folder's name if there is none.
  public let record: HostRecord
  /// Files that were not recognised or are damaged, and what is missing.
  public let remarks: [Note]
  /// The same in words alone.
  public var notes: [String] { remarks.map(\.text) }
  /// Why records that are there can't be read, by their names: `interval.json`.
  let damaged: [String: String]
  /// What each file was recognised as: `s750/conntrack.txt:1`, `conntrack -L`.
  public let recognised: [(place: String, kind: String)]
  let recordedInventory: Inventory?
  let recordedInterval: Interval?
  let answers: RecordedIndex
  /// The recorded sockets; nil if there is no such record.
  let listings: [SocketListing]?
  let evidence: PastedEvidence
  let places: PastedInventory
  let routes: PastedRoutes
  let translations: PastedTranslations
  let pastedSockets: PastedSockets
  var pastedInterval: Interval
  let relays: BundleRelays
  let files: EvidenceFiles

  /// Reads a host's folder.
  init(_ folder: HostFolder, of files: EvidenceFiles) {
    var others: [HostFolder.File] = []
    var notes: [Note] = []
    var damaged: [String: String] = [:]
    func spoil(_ file: HostFolder.File, _ error: any Error) {
      let text = "\(file.path) cannot be read: \(CodingProblem(error)?.description ?? "\(error)")"
      damaged[file.name] = text
      notes.append(Note(.error, text))
    }
    func check(_ schema: String?, _ known: String, _ file: HostFolder.File) -> Bool {
      guard let schema, schema != known else { return true }
      spoil(file, UnusableRecord("it has schema \(schema), and this version reads \(known)"))
      return false
    }
    func decode<Value: Decodable>(_ type: Value.Type, _ file: HostFolder.File) -> Value? {
      do { return try BundleJSON.decode(type, from: file.file.content().bytes) } catch {
        spoil(file, error)
        return nil
      }
    }
    var record = HostRecord()
    record.name = nil
    var inventory: Inventory?
    var interval: Interval?
    var answers = RecordedAnswers()
    var listings: [SocketListing]?
    for file in folder.files {
      switch file.place == .host && !file.isCopy ? file.name : "" {
      case "host.json":
        if let found = decode(HostRecord.self, file), check(found.schema, HostRecord.schema, file) { record = found }
      case "inventory.json": inventory = decode(Inventory.self, file)
      case "interval.json":
        guard let found = decode(Interval.self, file), check(found.schema, Interval.schema, file) else { continue }
        guard found.seconds >= 0, found.seconds < 1e9 else {
          spoil(file, UnusableRecord("a window of \(found.seconds) s is none"))
          continue
        }
        interval = found
      case "answers.json":
        do {
          answers = try RecordedAnswers(ofAnyVersion: try JSONValue(parsing: file.file.content().bytes))
          notes += answers.damages.map { Note(.error, "\(file.path): \($0)") }
        } catch { spoil(file, error) }
      case "sockets.json": listings = decode([SocketListing].self, file)
      default: others.append(file)
      }
    }
    // Both are written at once: if they name two hosts, somebody moved them.
    if let moved = interval?.host, let own = inventory?.host, moved != own, moved != record.name,
      let file = folder.files.first(where: { $0.place == .host && !$0.isCopy && $0.name == "interval.json" })
    {
      spoil(file, UnusableRecord("it is of \(moved), and the inventory beside it of \(own)"))
      interval = nil
    }
    var evidence = PastedEvidence(others)
    // A recorded host's copies of configurations are for people only.
    if inventory != nil {
      evidence.notes = []
      evidence.unread = [:]
    }
    let name = record.name ?? (folder.name.isEmpty ? nil : folder.name)
    self.init(
      evidence, named: name ?? evidence.promptHost ?? inventory?.host, record: record, inventory: inventory,
      interval: interval, answers: answers, listings: listings, notes: notes, damaged: damaged, of: files)
  }

  /// A host from texts and captures only.
  init(_ evidence: PastedEvidence, named name: String?, of files: EvidenceFiles) {
    var record = HostRecord()
    record.name = nil
    self.init(
      evidence, named: name, record: record, inventory: nil, interval: nil, answers: RecordedAnswers(), listings: nil,
      notes: [], damaged: [:], of: files)
  }

  private init(
    _ pasted: PastedEvidence, named name: String?, record: HostRecord, inventory: Inventory?, interval: Interval?,
    answers: RecordedAnswers, listings: [SocketListing]?, notes: [Note], damaged: [String: String],
    of files: EvidenceFiles
  ) {
    var (evidence, record, notes) = (pasted, record, notes)
    self.files = files
    evidence.settle()
    let path = files.path.split(separator: "/").last.map(String.init) ?? files.path
    let plain = path.split(separator: ".").first.map(String.init) ?? path
    host = name ?? plain
    record.name = host
    self.record = record
    self.evidence = evidence
    recordedInventory = inventory
    recordedInterval = interval
    self.answers = RecordedIndex(answers)
    if let unreadable = self.answers.unreadable { notes.append(Note(.error, "answers.json of \(host): \(unreadable)")) }
    self.listings = listings
    self.damaged = damaged
    places = PastedInventory(evidence, host: host, record: record)
    routes = PastedRoutes(places, evidence)
    translations = PastedTranslations(evidence)
    pastedSockets = PastedSockets(places, evidence)
    var measured = PastedTraffic(evidence, places, pastedSockets, routes, translations).interval(host, record)
    measured.notes += BundleLeads(evidence: evidence, places: places, interval: measured).notes
    pastedInterval = measured
    relays = BundleRelays(evidence, places, pastedSockets)
    recognised = evidence.recognised.map { ("\($0.0)", $0.1) }
    remarks = notes + files.notes + evidence.notes + evidence.unreadNotes
  }

  /// Whether nothing in the folder can be traced.
  var isEmpty: Bool { recordedInterval == nil && evidence.isEmpty }

  /// The plain outputs' place of a namespace, even if the inventory was recorded.
  func place(_ namespace: Place) -> EvidencePlace? {
    guard let recordedInventory else { return places.places[namespace] }
    guard let known = recordedInventory.namespace(namespace) else { return nil }
    if known.isHost { return .host }
    return known.container?.name.map { .container($0) }
  }

  public func ask<Q: Question>(_ question: Q) async throws -> Told<Q.Answer> {
    do {
      if let told = try answers.told(question) { return told }
      if let pasted = question as? any PastedQuestion, let told = try Self.answer(pasted, self) as? Told<Q.Answer> {
        return told
      }
      if let refused = try answers.refusal(of: question) {
        throw VantageError(refused.code, host: host, "\(question)", cause: refused.cause)
      }
    } catch let error as VantageError { throw error } catch {
      let cause = "its recorded answer cannot be read: \(CodingProblem(error)?.description ?? "\(error)")"
      throw VantageError(.failed, host: host, "\(question)", cause: cause)
    }
    throw VantageError(.unsupported, host: host, "\(question)", cause: "the bundle has no answer to this question")
  }

  private static func answer<P: PastedQuestion>(_ question: P, _ bundle: BundleVantage) throws -> (any Sendable)? {
    try question.answer(from: bundle)
  }

  /// Throws if a record that would have the answer is there and can't be read.
  func checkRecord<Q: Question>(_ name: String, for question: Q) throws {
    guard !isPasted, let cause = damaged[name] else { return }
    throw VantageError(.failed, host: host, "\(question)", cause: cause)
  }

  /// Whether its places, sockets and routes are known from pasted outputs only.
  var isPasted: Bool { recordedInventory == nil }

  func process(_ pid: Int32) -> Process? {
    if let known = answers.owner(pid)?.process { return known }
    return (recordedInterval ?? pastedInterval).flows.lazy.compactMap(\.owner.process).first { $0.pid == pid }
      ?? pastedSockets.process(pid)?.1
  }

  func owner(_ pid: Int32) -> Owner? {
    (recordedInterval ?? pastedInterval).flows.lazy.map(\.owner).first { $0.process?.pid == pid }
  }

  /// What must be collected to find the owner of this end of a flow.
  func missing(_ flow: Flow, _ place: EvidencePlace, _ name: String) -> String {
    let hasTracking = evidence.tracked[place] != nil
    guard pastedSockets.hasListing(of: place) else {
      return "the bundle has no sockets of \(name): collect \(evidence.entry(place))ss -tunap"
        + (hasTracking ? "" : ", and \(evidence.entry(place))conntrack -L in case it only passes there")
    }
    return "no listing of \(name) has \(flow)"
      + (hasTracking ? "" : ", and there is no connection tracking: collect \(evidence.entry(place))conntrack -L")
  }
}

/// Why a record that can be read is not used.
private struct UnusableRecord: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
