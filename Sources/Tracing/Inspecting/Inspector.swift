public import Documents
public import Flows
public import Questions

/// Collects everything that a host knows about one target.
public struct Inspector: Sendable {
  private let vantage: any Vantage

  public init(_ vantage: any Vantage) { self.vantage = vantage }

  /// - Throws: `TargetError` if `text` names nothing on this host; the vantage's own errors.
  public func inspect(_ text: String, seconds: Double, sets: some NamedSets) async throws -> Inspection {
    try Target.check(text)
    let inventory = try await vantage.inventory()
    let target = try Target(text, inventory: inventory, sets: sets)
    let inquiry = Inquiry(vantage)
    var found = InspectedOwners(target, inventory, inquiry)
    // Why the target may have more than is found.
    var doubts: [String] = []
    if case .pid(let pid) = target.plain {
      switch try await inquiry.ask(OwnerQuestion(ProcessID(pid: pid))) {
      case .told(let told):
        guard let owner = told.value else {
          throw TargetError(missing: target, in: inventory)
        }
        found.add(owner)
      case .refused(let reason): doubts.append(reason)
      }
    }
    let interval = try await vantage.measure(seconds: seconds)
    let listed = try await inquiry.ask(SocketsQuestion())
    let listings = listed.told?.value ?? []
    if let refusal = listed.refusal { doubts.append(refusal) }
    // A socket whose owner could not be seen may be the target's. Any other target has it among its own.
    let unseen =
      target.isOwner ? (listings.map(\.owner) + interval.flows.map(\.owner)).lazy.compactMap(\.unseenReason).first : nil
    if let unseen { doubts.append("some sockets have no known owner: \(unseen)") }
    doubts += Self.doubts(target, interval, inventory)
    found.measured(interval)
    for listing in listings { try await found.add(listing) }
    found.addRest()
    let subjects = found.subjects(doubt: doubts.first)
    let said =
      interval.notes + inventory.notes.filter { !interval.notes.contains($0) }
      + inquiry.refusals.map { "not answered: \($0)" }
    var result = Inspection(
      target: target.description, host: vantage.host, seconds: interval.seconds, subjects: subjects, notes: [])
    result.forwarded = found.forwarded()
    result.interface = Tracer.entry(of: target, in: interval)
    if result.forwarded != nil || result.interface != nil {
      result.trace = try await Tracer(vantage).follow(target, interval, inventory, sets: sets, patience: 0).document
    }
    // What was not found may be in a part that could not be examined.
    if result.isEmpty, !target.isOwner, let concealment = inventory.concealment(on: 0) { doubts.append(concealment) }
    let limits = target.isProcess || result.isEmpty ? inventory.limits(of: target) : []
    let notes = said + doubts + limits
    result.notes = notes.enumerated().filter { index, note in
      // The same reason is said once: by the note that says most.
      !notes.enumerated().contains { other, longer in
        other != index && longer.hasSuffix(note) && (longer != note || other < index)
      }
    }.map(\.element)
    result.reason = doubts.isEmpty ? nil : doubts.joined(separator: "; ")
    return result
  }

  /// Why a target may have traffic that was not counted, or not as its own.
  private static func doubts(_ target: Target, _ interval: Interval, _ inventory: Inventory) -> [String] {
    var doubts: [String] = []
    if interval.isDenied == true { doubts.append("rights are missing to count everything") }
    if case .name = target.plain, interval.names == nil { doubts.append("names of flows were not read") }
    guard target.isOwner else { return doubts }
    if let concealment = inventory.concealment(on: 0) { doubts.append(concealment) }
    // The fallback meter misses who had short connections.
    let ownerless = interval.flows.lazy.filter {
      $0.owner.process == nil && $0.owner.isKernel != true && $0.role != .forwarded && $0.owner.unseenReason == nil
    }
    if interval.meter == "sockets", let reason = ownerless.compactMap(\.owner.reason).first {
      doubts.append("some traffic has no known owner: \(reason)")
    }
    return doubts
  }
}
