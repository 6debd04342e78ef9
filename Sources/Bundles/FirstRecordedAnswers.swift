internal import Flows
internal import JSON
internal import Questions

/// `answers.json` as versions before 0.2 wrote it: one list for each kind of question, without evidence.
struct FirstRecordedAnswers: Sendable, Decodable {
  struct TranslationRecord: Hashable, Sendable, Decodable {
    var namespace: Place
    var flow: Flow
    var answer: Translation?
  }
  struct RouteRecord: Hashable, Sendable, Decodable {
    var namespace: Place
    var address: IPAddress
    var answer: RouteAnswer?
  }
  struct NeighbourRecord: Hashable, Sendable, Decodable {
    var namespace: Place
    var address: IPAddress
    var answer: NeighbourAnswer?
  }
  struct SocketRecord: Hashable, Sendable, Decodable {
    var namespace: Place
    var flow: Flow
    var answer: SocketAnswer?
  }
  struct TunnelRecord: Hashable, Sendable, Decodable {
    var namespace: Place
    var address: IPAddress
    var interface: UInt32
    var answer: TunnelAnswer?
  }
  struct RelayRecord: Hashable, Sendable, Decodable {
    var pid: Int32
    var answer: RelayAnswer?
  }
  struct SitesRecord: Hashable, Sendable, Decodable {
    var pid: Int32
    var answer: SitesAnswer?
  }
  struct CounterRecord: Sendable, Decodable {
    var pids: [Int32]
    var snapshots: [CounterSnapshot]
  }

  static let schema = "headwater.answers/1"

  var schema = FirstRecordedAnswers.schema
  var translations: [TranslationRecord] = []
  var routes: [RouteRecord] = []
  var neighbours: [NeighbourRecord] = []
  var sockets: [SocketRecord] = []
  var tunnels: [TunnelRecord] = []
  var relays: [RelayRecord] = []
  /// Nil in bundles from before this question existed.
  var sites: [SitesRecord]?
  var owners: [Owner] = []
  var counters: [CounterRecord] = []
}

extension RecordedAnswers {
  /// Reads `answers.json` of this version, or in the form of versions before 0.2. Only bundles have those, so that this is no
  /// part of the probe.
  init(ofAnyVersion json: JSONValue) throws {
    guard json["schema"] == .text(FirstRecordedAnswers.schema) else {
      try self.init(reading: json)
      return
    }
    try self.init(try json.decoded(as: FirstRecordedAnswers.self))
  }

  private init(_ old: FirstRecordedAnswers) throws {
    self.init()
    for record in old.translations {
      try add(Told(record.answer), to: TranslationQuestion(of: record.flow, in: record.namespace))
    }
    for record in old.routes {
      try add(Told(record.answer), to: RouteQuestion(to: record.address, in: record.namespace))
    }
    for record in old.neighbours {
      try add(Told(record.answer), to: NeighbourQuestion(record.address, in: record.namespace))
    }
    for record in old.sockets {
      try add(Told(record.answer), to: SocketQuestion(of: record.flow, in: record.namespace))
    }
    for record in old.tunnels {
      let question = TunnelQuestion(toward: record.address, through: record.interface, in: record.namespace)
      try add(Told(record.answer, evidence: record.answer?.evidence ?? []), to: question)
    }
    // They had no place.
    for record in old.relays { try add(Told(record.answer), to: RelayQuestion(of: record.pid, in: .anywhere(on: 0))) }
    for record in old.sites ?? [] {
      try add(Told(record.answer), to: SitesQuestion(of: record.pid, in: .anywhere(on: 0), seconds: 0))
    }
    for owner in old.owners {
      guard let pid = owner.process?.pid else { continue }
      try add(Told(owner), to: OwnerQuestion(ProcessID(pid: pid)))
    }
    for record in old.counters {
      let question = CountersQuestion(of: Set(record.pids), in: .anywhere(on: 0))
      for snapshot in record.snapshots { try add(Told(snapshot), to: question) }
    }
  }
}
