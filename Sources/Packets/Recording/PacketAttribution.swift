public import Flows

/// Finds whose a captured packet is, from the rows that a meter counted meanwhile: by the sockets at its place, or by those
/// that the forwarded flow leads to. It never guesses: where two sockets may be meant, there is no owner.
public struct PacketAttribution: Sendable {
  /// Whose a packet is.
  public struct Finding: Hashable, Sendable {
    /// The number of the owner in `owners`; nil if it is not known.
    public var owner: Int?
    /// Whether the owner sends the packet; nil without an owner.
    public var isSender: Bool?
    /// Whether a row of the packet's flow belongs to the target.
    public var isOfTarget = false
    /// Why there is no owner.
    public var reason: String?
    /// The name that the flow asked for.
    public var name: FlowName?

    public init() {}
  }

  private struct Entry: Sendable {
    var place: Place
    /// From the owner's end.
    var flow: Flow
    var translated: Flow?
    /// -1 for a row without an owner.
    var owner: Int
    var isForwarded: Bool
    var isOfTarget: Bool
    var name: FlowName?
    /// When it moved bytes, in seconds since 1970: the intervals that told so.
    var begin: Double
    var end: Double

    func covers(_ time: Double) -> Bool {
      begin - PacketAttribution.slack <= time && time <= end + PacketAttribution.slack
    }
  }

  private struct OwnerKey: Hashable {
    var host: Int
    var process: ProcessID?
    var container: String?
    var isKernel: Bool
    var reason: String?
  }

  /// All owners so far.
  public private(set) var owners: [Owner] = []
  private var numbers: [OwnerKey: Int] = [:]
  private var entries: [Leg: [Entry]] = [:]
  private var sockets: [Flow: [Entry]] = [:]
  private var translations: [Leg: (original: Flow, translated: Flow)?] = [:]
  private static let translationLimit = 50_000
  /// How far a packet's time may be outside its row's interval, in seconds.
  private static let slack = 0.1
  /// How long rows are kept, in seconds: packets may come late.
  private static let memory = 15.0
  private var regions: [Place: Int] = [:]

  public init() {}

  /// Sets which places are linked with each other: packets of others can't be the same connection's.
  ///
  /// - Parameter groups: places that a chain of links joins.
  public mutating func join(_ groups: [Set<Place>]) {
    regions = [:]
    for (number, group) in groups.enumerated() { for place in group { regions[place] = number } }
  }

  /// Adds what was counted in one more interval. Rows of older ones stay as long as a late packet may be theirs.
  ///
  /// - Parameters:
  ///   - begin: the interval's begin and end, in seconds since 1970.
  ///   - isOfTarget: whether a row belongs to what is asked about.
  ///   - name: the name that a row's flow asked for.
  public mutating func add(
    _ rows: [FlowTraffic], from begin: Double, to end: Double, isOfTarget: (FlowTraffic) -> Bool,
    name: (FlowTraffic) -> FlowName? = { _ in nil }
  ) {
    // A clock may be set back.
    let (begin, end) = (min(begin, end), max(begin, end))
    entries = entries.compactMapValues { list in
      let kept = list.filter { $0.end >= end - Self.memory && $0.begin <= end + Self.memory }
      return kept.isEmpty ? nil : kept
    }
    sockets = [:]
    for row in rows where row.role != .shared {
      let isForwarded = row.role == .forwarded
      let entry = Entry(
        place: row.namespace, flow: row.flow, translated: row.translated,
        owner: isForwarded ? -1 : number(of: row.owner, on: row.namespace.host), isForwarded: isForwarded,
        isOfTarget: isOfTarget(row), name: name(row), begin: begin, end: end)
      put(entry, at: row.flow)
      if let translated = row.translated { put(entry, at: translated) }
    }
    for list in entries.values {
      for entry in list where !entry.isForwarded {
        let key = entry.flow.unordered
        sockets[key, default: []].append(entry)
      }
    }
  }

  /// Whether nothing is known of a packet's flow, so that its translation may tell more.
  public func mayBeTranslated(_ flow: Flow, at place: Place) -> Bool {
    let leg = Leg(flow.unordered, at: place)
    return entries[leg] == nil && translations[leg] == nil && translations.count < Self.translationLimit
  }

  /// Adds the translation of a flow; nil if it has none.
  public mutating func add(_ found: (original: Flow, translated: Flow)?, of flow: Flow, at place: Place) {
    translations[Leg(flow.unordered, at: place)] = .some(found)
  }

  private mutating func put(_ entry: Entry, at flow: Flow) {
    let leg = Leg(flow.unordered, at: entry.place)
    var list = entries[leg] ?? []
    if let known = list.firstIndex(where: {
      $0.owner == entry.owner && $0.flow == entry.flow && $0.isForwarded == entry.isForwarded
        && $0.translated == entry.translated && $0.end >= entry.begin - Self.slack
    }) {
      list[known].end = max(list[known].end, entry.end)
      list[known].isOfTarget = list[known].isOfTarget || entry.isOfTarget
      list[known].name = entry.name ?? list[known].name
    } else if list.count < 64 {
      list.append(entry)
    }
    entries[leg] = list
  }

  private mutating func number(of owner: Owner, on host: Int) -> Int {
    guard owner.process != nil || owner.isKernel == true || owner.container != nil || owner.reason != nil else {
      return -1
    }
    // Of several holders none is known to have sent it.
    let process = owner.process.map {
      ProcessID(host: host, pid: $0.pid, startTime: $0.startTime, outside: $0.outside)
    }
    let key = OwnerKey(
      host: host, process: process, container: owner.container?.id, isKernel: owner.isKernel == true,
      reason: process == nil ? owner.reason : nil)
    if let known = numbers[key] {
      if owners[known].process?.ended != true { owners[known] = owner }
      return known
    }
    numbers[key] = owners.count
    owners.append(owner)
    return owners.count - 1
  }

  /// Whose a packet is that was captured at `place`.
  ///
  /// - Parameter time: seconds since 1970.
  public func find(_ flow: Flow, at place: Place, time: Double) -> Finding {
    var finding = Finding()
    let here = (entries[Leg(flow.unordered, at: place)] ?? []).filter { $0.covers(time) }
    finding.isOfTarget = here.contains(where: \.isOfTarget)
    finding.name = here.lazy.compactMap(\.name).first
    let own = here.filter { !$0.isForwarded && $0.owner >= 0 }
    if !own.isEmpty {
      // The target may have the other end.
      for end in [flow, flow.reversed] where !finding.isOfTarget {
        finding.isOfTarget = others(end, seenAt: place, except: place, time).contains(where: \.isOfTarget)
      }
      settle(&finding, own.filter { $0.flow == flow }, own.filter { $0.flow == flow.reversed })
      return finding
    }
    // From the initiator's and from the responder's end, as their own places see it.
    var ways: [(initiator: Flow, responder: Flow, isForward: Bool)] = []
    for entry in here where entry.isForwarded {
      let behind = entry.translated ?? entry.flow
      ways.append((entry.flow, behind.reversed, entry.flow == flow || behind == flow))
    }
    var except: Place? = place
    if here.isEmpty, let found = translations[Leg(flow.unordered, at: place)] ?? nil {
      let isForward = flow == found.original || flow == found.translated
      ways.append((found.original, found.translated.reversed, isForward))
      except = nil
    }
    if ways.isEmpty { ways = [(flow, flow.reversed, true)] }
    var senders: [Entry] = []
    var receivers: [Entry] = []
    for way in ways {
      let initiators = others(way.initiator, seenAt: place, except: except, time)
      let responders = others(way.responder, seenAt: place, except: except, time)
      senders += way.isForward ? initiators : responders
      receivers += way.isForward ? responders : initiators
    }
    finding.isOfTarget = finding.isOfTarget || (senders + receivers).contains(where: \.isOfTarget)
    finding.name = finding.name ?? (senders + receivers).lazy.compactMap(\.name).first
    settle(&finding, senders.filter { $0.owner >= 0 }, receivers.filter { $0.owner >= 0 })
    if finding.owner == nil, finding.reason == nil {
      finding.reason = here.isEmpty ? "no socket was found" : "it only passes through"
    }
    return finding
  }

  private func others(_ flow: Flow, seenAt place: Place, except: Place?, _ time: Double) -> [Entry] {
    (sockets[flow.unordered] ?? []).filter { entry in
      entry.flow == flow && entry.covers(time) && entry.place != except && entry.place.host == place.host
        && (regions.isEmpty || regions[entry.place] == regions[place])
    }
  }

  /// The sender's process, or else the receiver's; nobody where there are two.
  private func settle(_ finding: inout Finding, _ senders: [Entry], _ receivers: [Entry]) {
    for (list, isSender) in [(senders, true), (receivers, false)] {
      let named = Set(list.map(\.owner))
      let processes = named.filter { owners[$0].process != nil }
      guard !named.isEmpty else { continue }
      if named.count == 1, processes.count == 1, let owner = named.first {
        if let holders = owners[owner].holders, holders > 1 {
          finding.reason = "\(holders) processes have the socket"
          continue
        }
        (finding.owner, finding.isSender, finding.reason) = (owner, isSender, nil)
        return
      }
      if named.count > 1 {
        finding.reason = "\(named.count) owners had sockets with this tuple"
      } else if let only = named.first {
        finding.reason = finding.reason ?? (owners[only].isKernel == true ? "the kernel's own" : owners[only].reason)
      }
    }
  }
}
