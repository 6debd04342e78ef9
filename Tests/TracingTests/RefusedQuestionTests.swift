import AddressSets
import Bundles
import Claims
import Documents
import Flows
import Foundation
import Questions
import Testing
import Tracing

/// Each question alone is refused, by every host that is asked: what is claimed then is less, never something else.
///
/// The questions come from the list (`Questions.all`), so a new one is tried here without a new test.
@Suite struct RefusedQuestionTests {
  private static let refusals: [VantageError.Code] = [.denied, .unsupported, .failed]
  private static let cause = "the test refuses it"

  /// A vantage that refuses one question, and remembers what it was asked.
  fileprivate actor Refusing: Vantage {
    nonisolated let host: String
    private let other: any Vantage
    private let refused: String?
    private let code: VantageError.Code
    private(set) var asked: Set<String> = []

    init(_ other: any Vantage, _ refused: String?, _ code: VantageError.Code = .denied) {
      (host, self.other, self.refused, self.code) = (other.host, other, refused, code)
    }

    nonisolated var failures: [HostFailure] { other.failures }

    func ask<Q: Question>(_ question: Q) async throws -> Told<Q.Answer> {
      asked.insert(Q.name)
      if Q.name == refused { throw VantageError(code, host: host, "\(question)", cause: RefusedQuestionTests.cause) }
      return try await other.ask(question)
    }
  }

  /// Some hosts whose answers are written down, and what is looked for there.
  struct Scene: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var target: String?
    /// Each with addresses that it does not see itself.
    let hosts: Result<[CombinedVantage.Member], any Error>

    init(testDescription: String, target: String?, hosts: () throws -> [CombinedVantage.Member]) {
      self.testDescription = testDescription
      self.target = target
      self.hosts = Result { try hosts() }
    }

    /// - Parameter number: of the only host that refuses; nil for all of them.
    fileprivate func refusing(
      _ question: String?, _ code: VantageError.Code = .denied, _ number: Int? = nil
    ) throws -> (vantage: any Vantage, hosts: [Refusing]) {
      let members = try hosts.get()
      let hosts = members.indices.map {
        Refusing(members[$0].vantage, number == nil || number == $0 ? question : nil, code)
      }
      guard hosts.count > 1 else { return (hosts[0], hosts) }
      let combined = CombinedVantage(
        zip(hosts, members).map { CombinedVantage.Member($0, publicAddresses: $1.publicAddresses) })
      return (combined, hosts)
    }

    func trace(_ vantage: any Vantage) async throws -> TraceDocument {
      try await Tracer(vantage).trace(target, seconds: 2, sets: AddressSets()).document
    }
  }

  private static func example(_ name: String, _ target: String) -> Scene {
    let path =
      URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path + "/Examples/\(name)"
    return Scene(testDescription: "\(name), \(target)", target: target) {
      try EvidenceBundle(reading: path).vantages.map { host in
        let addresses = (host.record.publicAddresses ?? [:]).compactMap { text, own in
          IPAddress(text).map { ($0, own) }
        }
        return .init(host, publicAddresses: Dictionary(addresses, uniquingKeysWith: { first, _ in first }))
      }
    }
  }

  private static func busyHost(_ family: Family, _ target: String?) -> Scene {
    Scene(testDescription: "a busy host, \(family.testDescription), \(target ?? "busiest")", target: target) {
      [.init(try RecordedVantage.busyHost(family))]
    }
  }

  static let scenes: [Scene] =
    [
      example("story-a", ":3129"), example("story-b", "cloudflare"), example("story-b", "git.example.com"),
    ]
    + Family.allCases.flatMap { family in
      [busyHost(family, nil), busyHost(family, "pid:50"), busyHost(family, family.stranger()), busyHost(family, "web")]
    }

  static let questions = Questions.all.map { $0.name }

  @Test(arguments: scenes, questions)
  func `a trace without one question's answers claims less, never something else`(_ scene: Scene, _ question: String)
    async throws
  {
    let (open, hosts) = try scene.refusing(nil)
    let whole = try await scene.trace(open)
    try #require(!whole.chains.isEmpty)
    var isAsked = false
    for host in hosts where await host.asked.contains(question) { isAsked = true }
    // What is not asked cannot be missed, for whatever reason.
    for code in isAsked ? Self.refusals : [.denied] {
      // One host of several refuses as all do; how it says so makes no difference then.
      let single = hosts.count > 1 && code == .denied ? hosts.indices.map(Optional.init) : []
      for number in [nil] + single {
        let (refusing, these) = try scene.refusing(question, code, number)
        let less: TraceDocument
        do { less = try await scene.trace(refusing) } catch {
          // Without it there is nothing to begin with, and the error says so.
          #expect(isAsked && "\(error)".contains(Self.cause), "\(error)")
          continue
        }
        #expect(Claims(less, of: whole).contradictions == [], "\(code) by \(number.map { these[$0].host } ?? "all")")
        var wasAsked = false
        for (index, host) in these.enumerated() where number == nil || number == index {
          if await host.asked.contains(question) { wasAsked = true }
        }
        let reasons =
          less.coverage.reasons + less.chains.flatMap { $0.hops.compactMap(\.reason) }
          + refusing.failures.map { "\($0)" }
        #expect(reasons.contains { $0.contains(Self.cause) } == wasAsked, "\(code): \(reasons)")
      }
    }
  }

  @Test(arguments: Family.allCases, questions)
  func `what inspect and relays say without one question's answers is less, with the reason`(
    _ family: Family, _ question: String
  ) async throws {
    let scene = Self.busyHost(family, nil)
    let (open, _) = try scene.refusing(nil)
    let inspection = try await Inspector(open).inspect("pid:50", seconds: 1, sets: AddressSets())
    let relays = try await RelaySurvey(open).survey(nil, seconds: 1, sets: AddressSets(), patience: 0.1)
    try #require(!inspection.subjects.isEmpty && !relays.relays.isEmpty)
    for code in Self.refusals {
      let (first, firstHosts) = try scene.refusing(question, code)
      do {
        let less = try await Inspector(first).inspect("pid:50", seconds: 1, sets: AddressSets())
        #expect(Claims(less, of: inspection).contradictions == [])
        let wasAsked = await firstHosts[0].asked.contains(question)
        #expect(less.notes.contains { $0.contains(Self.cause) } == wasAsked, "\(less.notes)")
      } catch { #expect("\(error)".contains(Self.cause)) }
      let (second, secondHosts) = try scene.refusing(question, code)
      do {
        let less = try await RelaySurvey(second).survey(nil, seconds: 1, sets: AddressSets(), patience: 0.1)
        #expect(Claims(less, of: relays).contradictions == [])
        let wasAsked = await secondHosts[0].asked.contains(question)
        #expect(less.notes.contains { $0.contains(Self.cause) } == wasAsked, "\(less.notes)")
      } catch { #expect("\(error)".contains(Self.cause)) }
    }
  }

  @Test func `every question is asked by one of these, or is one of those that are not`() async throws {
    var asked: Set<String> = []
    for scene in Self.scenes {
      let (open, hosts) = try scene.refusing(nil)
      _ = try await scene.trace(open)
      for host in hosts { asked.formUnion(await host.asked) }
    }
    let (open, hosts) = try Self.busyHost(.v4, nil).refusing(nil)
    _ = try await Inspector(open).inspect("pid:50", seconds: 1, sets: AddressSets())
    _ = try await RelaySurvey(open).survey(nil, seconds: 1, sets: AddressSets(), patience: 0.1)
    asked.formUnion(await hosts[0].asked)
    // The probe's own, those of live views, of other commands that ask but one, and what a bundle's files are read for.
    let others: Set<String> = [
      "ping", "start", "begin", "next", "files", "examine", "lookup", "follow", "events", "logs", "logs-next",
      "capture", "firewall",
      "packets", "end",
    ]
    #expect(Set(Self.questions).subtracting(asked).subtracting(others) == [])
  }
}
