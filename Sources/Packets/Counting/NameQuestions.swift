internal import Capture
internal import Flows

/// Who asks which DNS names, in bounded memory.
struct NameQuestions: Sendable {
  struct Key: Hashable, Sendable {
    var asked: DNSAsked
    var asker: IPAddress
  }

  struct Count: Sendable {
    var count: UInt64 = 0
    var server: Endpoint
    var first: Double?
    var last: Double?
  }

  private static let limit = 20_000
  private(set) var all: [Key: Count] = [:]
  /// How many questions did not fit.
  private(set) var left: UInt64 = 0

  mutating func add(_ asked: DNSAsked, _ flow: Flow, at time: Double?) {
    let key = Key(asked: asked, asker: flow.source.address)
    if all[key] == nil {
      guard all.count < Self.limit else {
        left += 1
        return
      }
      all[key] = Count(server: flow.destination, first: time)
    }
    all[key]?.count += 1
    all[key]?.server = flow.destination
    all[key]?.last = time
  }
}
