import AddressSets
import Documents
import Flows
import Questions
import Testing
import Tracing
import VantageDoubles

/// What a target means where several hosts are asked: a process number is one process, and `alpha:` is alpha's alone.
@Suite struct HostTargetsTests {
  /// A host on which process 500 has this name and sends something; nil: there is no such process.
  private func host(_ name: String, _ number: Int, _ process: String?) throws -> RecordedVantage {
    var host = RecordedVantage()
    host.host = name
    host.recordedInventory.host = name
    host.interval.host = name
    host.add(NamespaceDescription(id: .host, name: "host", isHost: true))
    try host.plug("eth0", 2, "10.0.0.\(number)/24", "fd00::\(number)/64", in: .host)
    guard let process else { return host }
    let owner = Owner.process(500, process)
    host.processes[500] = owner.process
    for (near, far) in [
      ("10.0.0.\(number):4000\(number)", "198.51.100.9:443"),
      ("[fd00::\(number)]:5000\(number)", "[2001:db8:51::9]:443"),
    ] {
      host.moved(try flow(near, far), .initiator, owner, interface: "eth0")
    }
    return host
  }

  /// - Parameter here: the host that the program runs on.
  private func trace(
    _ target: String, _ hosts: [RecordedVantage], here: String? = nil
  ) async throws -> TraceDocument {
    let members = hosts.map { CombinedVantage.Member($0, isHere: $0.host == here) }
    return try await Tracer(CombinedVantage(members)).trace(target, seconds: 2, sets: AddressSets()).document
  }

  private func names(_ document: TraceDocument) -> Set<String> {
    Set(document.chains.flatMap(\.hops).compactMap(\.process?.name))
  }

  @Test func `a host that counted for a shorter time is named, though everything is explained`() async throws {
    var hosts = [try host("alpha", 1, "curl"), try host("beta", 2, "wget")]
    (hosts[0].interval.seconds, hosts[1].interval.seconds) = (5, 1)
    let document = try await trace(":443", hosts, here: "alpha")
    #expect(document.coverage.unknown == 0 && document.seconds == 5)
    #expect(
      document.coverage.limits == ["beta counted 1.0 s of 5.0 s: its rates and shares are too low by that"],
      "\(document.coverage)")
    hosts[1].interval.seconds = 4.6
    #expect(try await trace(":443", hosts, here: "alpha").coverage.limits == nil)
  }

  @Test func `hosts of one machine that see each other's traffic count it once`() async throws {
    var hosts = [try host("alpha", 1, nil), try host("beta", 2, nil)]
    for index in hosts.indices {
      var owner = Owner.process(500 + Int32(index), "curl")
      // Each pid namespace has its own number and its own rounding of the time.
      owner.process?.startTime = 1_700_000_000.4 + Double(index)
      for (near, far) in [("10.0.0.1:40001", "198.51.100.9:443"), ("[fd00::1]:50001", "[2001:db8:51::9]:443")] {
        hosts[index].moved(try flow(near, far), .initiator, owner, cookie: 7, interface: "eth0")
      }
    }
    let document = try await trace(":443", hosts)
    #expect(document.coverage.bytes == 2 * 1100, "\(document.coverage)")
    #expect(document.chains.flatMap(\.hops).compactMap(\.process?.pid).allSatisfy { $0 == 500 }, "\(document.chains)")
    // Sockets of two machines may have one number and one address.
    for index in hosts[1].interval.flows.indices {
      hosts[1].interval.flows[index].owner.process?.startTime = 1_700_000_100
    }
    #expect(try await trace(":443", hosts).coverage.bytes == 4 * 1100)
  }

  @Test func `a process number is that of this host`() async throws {
    let hosts = [try host("alpha", 1, "curl"), try host("beta", 2, "wget")]
    #expect(names(try await trace("pid:500", hosts, here: "alpha")) == ["curl"])
    #expect(names(try await trace("pid:500", hosts, here: "beta")) == ["wget"])
  }

  @Test func `else it is that of the only host that has it`() async throws {
    let hosts = [try host("here", 1, nil), try host("alpha", 2, "curl"), try host("beta", 3, nil)]
    let document = try await trace("pid:500", hosts, here: "here")
    #expect(names(document) == ["curl"] && document.target == "alpha:pid:500")
  }

  @Test func `of several hosts that have it none is taken, and it is said how to say which`() async throws {
    let hosts = [try host("here", 1, nil), try host("alpha", 2, "curl"), try host("beta", 3, "wget")]
    for here in ["here", nil] {
      let error = await #expect(throws: TargetError.self) { try await trace("pid:500", hosts, here: here) }
      #expect(error?.code == .ambiguous)
      #expect(error?.advice == "pid 500 is on alpha and on beta; say alpha:pid:500")
    }
    let none = await #expect(throws: TargetError.self) { try await trace("pid:501", hosts) }
    #expect(none?.code == .unknown)
  }

  @Test(arguments: [
    "alpha:pid:500", "alpha:curl", "alpha:eth0", "alpha::443", "alpha:10.0.0.0/24", "alpha:fd00::/64",
    "alpha:198.51.100.9:443", "alpha:[2001:db8:51::9]:443", "alpha:198.51.100.9", "alpha:2001:db8:51::9",
    "alpha:10.0.0.1:40001-198.51.100.9:443",
  ]) func `a host before a target leaves out all others`(_ target: String) async throws {
    var hosts = [try host("beta", 2, "wget"), try host("alpha", 1, "curl")]
    hosts[1].recordedInventory.processNames = ["curl"]
    let document = try await trace(target, hosts, here: "beta")
    #expect(names(document) == ["curl"] && document.target == target, "\(document)")
  }

  @Test func `names of hosts that look like addresses leave addresses what they are`() async throws {
    let hosts = [try host("fd00", 1, "curl"), try host("10.0.0.2", 2, "wget"), try host("db", 3, "nc")]
    #expect(names(try await trace("fd00::1", hosts)) == ["curl"])
    #expect(names(try await trace("10.0.0.2:40002", hosts)) == ["wget"])
    #expect(names(try await trace("10.0.0.2:pid:500", hosts)) == ["wget"])
    #expect(names(try await trace("db:pid:500", hosts)) == ["nc"])
    // It is an address.
    #expect(try await trace("db::443", hosts).chains.isEmpty)
    #expect(names(try await trace("db:10.0.0.0/24", hosts)) == ["nc"])
  }

  @Test func `a host that is not asked is named, with those that are`() async throws {
    let hosts = [try host("alpha", 1, "curl"), try host("beta", 2, "wget")]
    let error = await #expect(throws: TargetError.self) { try await trace("alhpa:pid:500", hosts) }
    #expect(error?.advice.contains("no host alhpa is asked") == true && error?.advice.contains("alpha?") == true)
    for (text, advice) in [
      ("alpha:443", "alpha::443 is its port 443, alpha:pid:443 its process"),
      ("alpha:", "say what of alpha: alpha:eth0"),
      ("beta:wgte", "no interface, container, address set or process has this name"),
    ] {
      let error = await #expect(throws: TargetError.self) { try await trace(text, hosts) }
      #expect(error?.advice.contains(advice) == true, "\(text): \(error?.advice ?? "")")
    }
    for (text, advice) in [
      ("alpha:10.0.0.0/33", "write a prefix"), ("alpha:pid:x", "pid:4711"), ("alpha::0", "write a port"),
    ] {
      let error = await #expect(throws: TargetError.self) { try await trace(text, hosts) }
      #expect(
        error?.code == .malformed && error?.advice.contains(advice) == true, "\(text): \(String(describing: error))")
    }
  }

  @Test func `where processes may be out of sight, a missing one has that reason, and nothing else changes`()
    async throws
  {
    var alpha = try host("alpha", 1, "curl")
    let before = try await trace("curl", [named(alpha)])
    let reason = "this program runs in a pid namespace of its own"
    alpha.recordedInventory.confined = [reason]
    for target in ["pid:501", "wgte"] {
      let error = await #expect(throws: TargetError.self) { try await trace(target, [named(alpha)]) }
      #expect(error?.advice.contains(reason) == true, "\(String(describing: error))")
      let inspected = await #expect(throws: TargetError.self) {
        try await Inspector(alpha).inspect(target, seconds: 1, sets: AddressSets())
      }
      #expect(inspected?.advice.contains(reason) == true)
    }
    // What is there is as certain as before, and there may be more of a process's name.
    let after = try await trace("curl", [named(alpha)])
    #expect(after.chains.flatMap(\.hops).map(\.certainty) == before.chains.flatMap(\.hops).map(\.certainty))
    #expect(after.coverage.explained == before.coverage.explained && after.coverage.refused == nil)
    #expect(after.coverage.limits == [reason] && before.coverage.limits == nil)
    #expect(try await trace("198.51.100.9", [named(alpha)]).coverage.limits == nil, "an address is no process")
    // Of several hosts only those that it concerns are named, once.
    let beta = try host("beta", 2, "curl")
    let both = try await trace("curl", [named(alpha), named(beta)])
    #expect(both.coverage.limits == ["alpha: \(reason)"])
    #expect(try await trace("beta:curl", [named(alpha), named(beta)]).coverage.limits == nil)
  }

  /// The host, where a process's name is known.
  private func named(_ host: RecordedVantage) -> RecordedVantage {
    var host = host
    host.recordedInventory.processNames = ["curl"]
    return host
  }

  @Test func `a host that does not answer is named as such, and a second name leads to its host`() async throws {
    var member = CombinedVantage.Member(try host("alpha", 1, "curl"))
    member.aliases = ["10.0.0.1", "web"]
    let other = CombinedVantage.Member(try host("beta", 2, "wget"))
    let hosts = CombinedVantage(
      [member, other], unreached: [HostFailure(host: "gone", reason: "connection refused")])
    func trace(_ target: String) async throws -> TraceDocument {
      try await Tracer(hosts).trace(target, seconds: 2, sets: AddressSets()).document
    }
    for target in ["gone:pid:500", "gone:eth0", "gone::443", "gone:x"] {
      let error = await #expect(throws: TargetError.self) { try await trace(target) }
      #expect(error?.code == .silent && error?.text == target)
      #expect(error?.advice == "gone does not answer: connection refused")
    }
    for target in ["web:pid:500", "10.0.0.1:pid:500", "web:eth0", "alpha:eth0"] {
      let document = try await trace(target)
      #expect(names(document) == ["curl"] && document.target.hasPrefix("alpha:"), "\(target)")
    }
    let unknown = await #expect(throws: TargetError.self) { try await trace("alpha:no-such") }
    #expect(unknown?.text == "alpha:no-such" && unknown?.code == .unknown)
  }

  @Test func `what is inspected, and whose relays, have a host in the same words`() async throws {
    let alpha = try host("alpha", 1, "curl")
    let inspection = try await Inspector(alpha).inspect("alpha:pid:500", seconds: 1, sets: AddressSets())
    #expect(inspection.target == "alpha:pid:500" && inspection.subjects.first?.owner.process?.name == "curl")
    await #expect(throws: TargetError.self) {
      try await Inspector(alpha).inspect("beta:pid:500", seconds: 1, sets: AddressSets())
    }
    await #expect(throws: TargetError.self) {
      try await RelaySurvey(alpha).survey("pid:501", seconds: 1, sets: AddressSets(), patience: 0)
    }
  }
}
