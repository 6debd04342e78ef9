import AddressSets
import Documents
import Flows
import Questions
import Testing
import Tracing
import VantageDoubles

/// What `inspect` says where owners of sockets could not be seen.
@Suite struct UnseenOwnersTests {
  private static let place = Place(namespace: 7)
  private static let denial = "the descriptors of 3 processes may not be read (CAP_DAC_READ_SEARCH)"

  /// A host with a listening socket of this owner, and the process 50 that may be it.
  private struct Host: ScriptedAnswers {
    let host = "alpha"
    var listener: Owner
    var answersOwner = true
    var listensOnV6 = false

    func inventory() async throws -> Inventory {
      var inventory = Inventory(
        host: host, namespaces: [NamespaceDescription(id: UnseenOwnersTests.place, name: "host", isHost: true)],
        containers: [], notes: [])
      inventory.processNames = ["sshd"]
      return inventory
    }
    func owner(_ pid: Int32) async throws -> Owner? {
      guard answersOwner else {
        throw VantageError(
          .denied, host: host, "find it", cause: "process \(pid) is hidden (hidepid=2; CAP_SYS_PTRACE)")
      }
      return Owner(process: Process(pid: pid, name: "sshd"))
    }
    func measured(for seconds: Double) async throws -> Interval {
      Interval(host: host, started: "", seconds: seconds, meter: "sockets", flows: [], ledger: [], notes: [])
    }
    func listedSockets() async throws -> [SocketListing] {
      let any: IPAddress = listensOnV6 ? .anyV6 : .anyV4
      return [
        SocketListing(
          namespace: UnseenOwnersTests.place, namespaceName: "host", transport: .tcp, state: "listening",
          local: Endpoint(any, 22), remote: Endpoint(any, 0), owner: listener, receiveQueue: 0, sendQueue: 0, cookie: 1)
      ]
    }
  }

  private func inspect(_ host: Host, _ target: String) async throws -> Inspection {
    try await Inspector(host).inspect(target, seconds: 1, sets: AddressSets())
  }

  @Test(arguments: [false, true])
  func `sockets whose owner may not be seen are no absence, and no zero`(_ isV6: Bool) async throws {
    let host = Host(listener: .unseen(because: Self.denial), listensOnV6: isV6)
    let reason = "some sockets have no known owner: \(Self.denial)"
    let byPID = try await inspect(host, "pid:50")
    #expect(byPID.subjects.map(\.owner.process?.pid) == [50] && byPID.subjects[0].listening.isEmpty)
    #expect(byPID.subjects[0].trafficReason == reason && byPID.reason == reason && byPID.notes == [reason])
    let byName = try await inspect(host, "sshd")
    #expect(byName.subjects.isEmpty && byName.reason == reason && byName.notes == [reason])
    // Whoever asks for the port is shown the socket, with the reason in place of its owner.
    let byPort = try await inspect(host, ":22")
    #expect(byPort.subjects.count == 1 && byPort.subjects[0].listening.count == 1 && byPort.reason == nil)
    #expect(byPort.subjects[0].owner.unseenReason == Self.denial)
  }

  @Test func `a process that is hidden is not one that has ended`() async throws {
    let host = Host(listener: Owner(process: Process(pid: 9, name: "other")), answersOwner: false)
    let inspection = try await inspect(host, "pid:50")
    let reason = "process 50 is hidden (hidepid=2; CAP_SYS_PTRACE)"
    #expect(inspection.subjects.isEmpty && inspection.reason == reason)
    #expect(inspection.notes == ["not answered: alpha: find it: \(reason)"])
  }

  @Test func `a socket that nobody holds raises no doubt about a process`() async throws {
    let host = Host(listener: Owner(reason: "no process holds the socket any more"))
    let inspection = try await inspect(host, "pid:50")
    #expect(inspection.reason == nil && inspection.notes.isEmpty)
    #expect(inspection.subjects.map(\.trafficReason) == [nil])
  }
}
