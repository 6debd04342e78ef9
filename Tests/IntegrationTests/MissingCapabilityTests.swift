import Claims
import Documents
import Flows
import Foundation
import Lab
import Testing
import Tracing

/// Each of the seven capabilities that Headwater uses is taken away alone: what it claims then is less than what root is told,
/// never something else, and what is missing is said.
@Suite(.requires(ManyWaysLab.requirements), .serialized)
struct MissingCapabilityTests {
  /// Who runs it: root but for one capability, and a user who has all the others.
  private enum User: CaseIterable { case root, nobody }

  private func headwater(_ lab: ManyWaysLab, without capability: String, _ user: User) -> Headwater {
    switch user {
    case .root:
      Headwater(
        machine: lab.host, prefix: ["setpriv", "--inh-caps", "-\(capability)", "--bounding-set", "-\(capability)"])
    case .nobody: .capable(lab.host, without: capability)
    }
  }

  private func trace(_ headwater: Headwater) throws -> TraceDocument {
    let result = try headwater.run("trace", "--json", "--for", "3", timeout: .seconds(60))
    var document = try Headwater.decode(TraceDocument.self, result)
    // What else moves on a host (neighbours that are looked for, handshakes, a log's few requests) differs from one time to
    // the next.
    document.chains.removeAll { $0.bytes < UInt64(ManyWaysLab.rate / 10) }
    return document
  }

  private func reasons(_ document: TraceDocument) -> [String] {
    document.coverage.reasons + document.chains.flatMap { $0.hops.compactMap(\.reason) }
  }

  private func claims(_ document: TraceDocument) -> Int {
    document.chains.reduce(0) { $0 + $1.hops.count { $0.kind != .unknown && $0.certainty != .unknown } }
  }

  /// Whether it says that something was refused: the capability, or the kernel's own words.
  private func namesRefusal(_ text: String, _ capability: String) -> Bool {
    text.contains("CAP_\(capability.uppercased())") || text.contains("ermission denied")
      || text.contains("not permitted")
  }

  @Test(arguments: IPFamily.allCases)
  func `a trace claims less than root's, never something else`(_ family: IPFamily) throws {
    let lab = try ManyWaysLab(family)
    defer { lab.stop() }
    let root = try trace(Headwater(machine: lab.host))
    // The scene is all there, and root tells it the same way twice.
    let kinds = Set(root.chains.map(\.source.kind))
    #expect(kinds.isSuperset(of: [.process, .container, .external, .vpnClient]) || kinds.count >= 3, "\(root.chains)")
    #expect(root.chains.contains { $0.source.name == "laptop" }, "\(root.chains.map(\.source))")
    #expect(root.chains.contains { $0.hops.contains { $0.relay?.software == "haproxy" } })
    #expect(root.chains.contains { $0.hops.contains { $0.container?.name == "talker" } })
    #expect(
      root.chains.contains { chain in
        chain.hops.contains { $0.kind == .nat && $0.flow?.destination.port == 80 }
      })
    #expect(Claims(try trace(Headwater(machine: lab.host)), of: root, slack: 0.02).contradictions == [])
    for capability in Headwater.capabilities {
      for user in User.allCases {
        let less = try trace(headwater(lab, without: capability, user))
        let title = "\(user) without \(capability)"
        #expect(Claims(less, of: root, slack: 0.02).contradictions == [], "\(title)")
        if claims(less) < claims(root) {
          #expect(reasons(less).contains { namesRefusal($0, capability) }, "\(title): \(reasons(less))")
        }
      }
    }
  }

  @Test(arguments: IPFamily.allCases)
  func `inspect, relays, top and logs say less than root's, and what is missing`(_ family: IPFamily) throws {
    let lab = try ManyWaysLab(family)
    defer { lab.stop() }
    let pid = try #require(lab.haproxy)
    func inspection(_ headwater: Headwater) throws -> Inspection {
      try Headwater.decode(
        Inspection.self, headwater.run("inspect", "pid:\(pid)", "--json", "--for", "0.5", timeout: .seconds(60)))
    }
    func relays(_ headwater: Headwater) throws -> RelayDocument {
      try Headwater.decode(
        RelayDocument.self, headwater.run("relays", "--json", "--for", "0.5", timeout: .seconds(60)))
    }
    func interval(_ headwater: Headwater) throws -> Interval {
      try Headwater.decode(
        Interval.self, headwater.run("top", "--once", "--json", "--interval", "1", timeout: .seconds(60)))
    }
    let own = Headwater(machine: lab.host)
    let (whole, relayed, moved) = (try inspection(own), try relays(own), try interval(own))
    let flows = Set(moved.flows.filter { $0.traffic.bytes > UInt64(ManyWaysLab.rate / 10) }.map(\.flow))
    #expect(!whole.subjects.isEmpty && flows.count >= 5, "\(flows)")
    #expect(relayed.relays.contains { $0.software == "haproxy" })
    let logged = try Headwater.decode(LogsDocument.self, own.run("logs", "--json"))
    #expect(logged.requests >= 5)
    // One user for each family: all four commands, seven times, take their time.
    let user = family == .v4 ? User.root : .nobody
    for capability in Headwater.capabilities {
      let less = headwater(lab, without: capability, user)
      let title = "\(user) without \(capability)"
      let inspected = try inspection(less)
      #expect(Claims(inspected, of: whole).contradictions == [], "\(title)")
      let counts = [inspected, whole].map { $0.subjects.reduce(0) { $0 + $1.flows.count + $1.listening.count } }
      if counts[0] < counts[1] {
        #expect(inspected.notes.contains { namesRefusal($0, capability) }, "\(title): \(inspected.notes)")
      }
      let known = try relays(less)
      #expect(Claims(known, of: relayed).contradictions == [], "\(title)")
      if known.relays.count < relayed.relays.count {
        let notes = known.notes + known.relays.flatMap(\.notes)
        #expect(notes.contains { namesRefusal($0, capability) }, "\(title): \(notes)")
      }
      let counted = try interval(less)
      #expect(Claims(counted, of: moved, flows: flows).contradictions == [], "\(title)")
      let seen = Set(counted.flows.map(\.flow))
      if !flows.isSubset(of: seen) {
        #expect(counted.notes.contains { namesRefusal($0, capability) }, "\(title): \(counted.notes)")
      }
      let result = try less.run("logs", "--json")
      let requests = (try? Headwater.decode(LogsDocument.self, result))?.requests ?? 0
      if requests < logged.requests {
        #expect(namesRefusal(result.stdout + result.stderr, capability), "\(title): \(result.stdout)\(result.stderr)")
      }
    }
  }
}
