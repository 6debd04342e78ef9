import Accounts
import Flows
import LinuxSystem
import Testing

@testable import Views

@Suite struct TopLoopTests {
  private struct Broken: Error {}

  @Test func `intervals are handed over one by one, and none is lost`() throws {
    let mailbox = try IntervalMailbox()
    var seen: [String] = []
    var count = 0
    try withCompanionThread({
      mailbox.fill(every: 0.05) {
        count += 1
        return count > 3
          ? nil : Interval(host: "\(count)", started: "", seconds: 1, meter: "", flows: [], ledger: [], notes: [])
      }
    }) {
      while true {
        guard try waitReadable([mailbox.descriptor], .seconds(10))[0] else { break }
        let (interval, isOver) = try mailbox.take()
        if let interval { seen.append(interval.host) } else if isOver { break }
      }
    }
    #expect(seen == ["1", "2", "3"])
  }

  @Test func `what the source throws reaches the view`() throws {
    let mailbox = try IntervalMailbox()
    try withCompanionThread({ mailbox.fill(every: 0.05) { throw Broken() } }) {
      let arrived = try waitReadable([mailbox.descriptor], .seconds(10))[0]
      #expect(arrived)
      #expect(throws: Broken.self) { try mailbox.take() }
    }
  }

  @Test func `closing ends a source that waits for its next turn`() throws {
    let mailbox = try IntervalMailbox()
    try withCompanionThread({ mailbox.fill(every: 1e6) { nil } }) { mailbox.close() }
    #expect(try mailbox.take().isOver)
  }

  @Test func `a view without a terminal is an error, and its source ends`() throws {
    let pipe = try WakePipe()
    let descriptor = pipe.descriptor
    #expect(throws: SystemError.self) {
      try TopLoop.run(TopState(), style: .plain, every: 1e6, input: descriptor, output: descriptor) { nil }
    }
  }

  @Test func `names are found out elsewhere and asked for once`() throws {
    let cache = try HostNameCache()
    let address = IPAddress.v4(1)
    #expect(cache.name(of: address) == nil)
    let found = try WakePipe()
    try withCompanionThread({
      try? cache.fill { _ in
        found.wake()
        return "one.example"
      }
    }) {
      let isFound = try found.wait(.seconds(10))
      #expect(isFound)
      cache.close()
    }
    #expect(cache.name(of: address) == "one.example")
  }
}
