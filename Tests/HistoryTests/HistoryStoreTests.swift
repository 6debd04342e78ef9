import Flows
import Foundation
import class Lab.TemporaryFolder
import enum Lab.Executables
import LinuxSystem
import TestNumbers
import Testing

@testable import History

/// What is written is what is read, whatever happens to the program and the file.
@Suite struct HistoryStoreTests {
  private static let noon: Int64 = 29_000_160  // an hour's first minute

  private static func row(
    _ process: String, _ bytesIn: UInt64, _ bytesOut: UInt64, interface: String = "eth0", container: String? = nil,
    peer: String = "203.0.113.5", source: String? = nil, port: UInt16 = 443
  ) -> HistoryRow {
    HistoryRow(
      interface: interface, owner: HistoryOwner(process: process, container: container, unit: "\(process).service"),
      chain: source.map { HistoryChain(source: $0, kind: "process", hops: [$0, process]) }, peer: IPAddress(peer),
      transport: 6, port: port, direction: .outward,
      traffic: Traffic(bytesIn: bytesIn, bytesOut: bytesOut, packetsIn: 1, packetsOut: 2))
  }

  private func code(_ body: () throws -> Void) -> HistoryError.Code? {
    do { try body() } catch { return (error as? HistoryError)?.code }
    return nil
  }

  private static func minute(
    _ number: Int64, _ rows: [HistoryRow], total: Traffic? = nil, milliseconds: UInt64 = 60_000
  ) -> HistoryMinute {
    let sum = rows.reduce(Traffic()) { $0 + $1.traffic }
    return HistoryMinute(
      minute: number, milliseconds: milliseconds, rows: rows,
      accounts: [HistoryAccount(interface: "eth0", total: total ?? sum)]
    ).balanced()
  }

  private func answer(
    _ store: HistoryStore, _ from: Int64, _ to: Int64, by: HistoryGrouping = .process, target: String? = nil,
    step: Int64 = 1
  ) throws -> HistoryAnswer {
    try store.answer(
      HistoryQuery(from: from, to: to, by: by, target: target.flatMap { HistoryTarget($0) }, step: step))
  }

  @Test func `rows are summed by whatever a person asks for`() throws {
    let folder = try TemporaryFolder()
    let store = try HistoryStore(writing: folder.path)
    let rows = [
      Self.row("squid", 1000, 20, container: "openvpn", source: "alice"),
      Self.row("squid", 500, 10, container: "openvpn", peer: "2001:db8::7", source: "bob"),
      Self.row("backup", 7, 9000, port: 22),
    ]
    for number in 0..<3 { try store.write(Self.minute(Self.noon + Int64(number), rows)) }
    let reader = try HistoryStore(reading: folder.path)
    func names(_ by: HistoryGrouping, _ target: String? = nil) throws -> [String: UInt64] {
      let groups = try answer(reader, Self.noon, Self.noon + 3, by: by, target: target).groups
      return Dictionary(uniqueKeysWithValues: groups.map { ($0.name, $0.traffic.bytes) })
    }
    #expect(try names(.process) == ["backup": 27021, "squid": 4590])
    #expect(try names(.container) == ["(no container)": 27021, "openvpn": 4590])
    #expect(try names(.source) == ["backup": 27021, "alice": 3060, "bob": 1530])
    #expect(try names(.chain) == ["backup": 27021, "alice > squid": 3060, "bob > squid": 1530])
    #expect(try names(.remote) == ["203.0.113.5": 30081, "2001:db8::7": 1530])
    #expect(try names(.unit) == ["backup.service": 27021, "squid.service": 4590])
    #expect(try names(.interface) == ["eth0": 31611])
    #expect(try names(.process, ":22") == ["backup": 27021])
    #expect(try names(.process, "2001:db8::/32") == ["squid": 1530])
    #expect(try names(.process, "openvpn") == ["squid": 4590])
    #expect(try names(.source, "bob") == ["bob": 1530])
    #expect(try names(.process, "nobody") == [:])
  }

  @Test func `the sum of the rows is what the interface counted, also of more rows than are kept`() throws {
    let folder = try TemporaryFolder()
    let store = try HistoryStore(writing: folder.path)
    var numbers = SeededNumbers(7)
    for minute in 0..<3 {
      let rows = (0..<2500).map { number in
        Self.row(
          "p\(number)", UInt64.random(in: 0..<100_000, using: &numbers), UInt64.random(in: 0..<9000, using: &numbers))
      }
      let sum = rows.reduce(Traffic()) { $0 + $1.traffic }
      // In the third minute the counters of the interface have less than the rows, by a packet.
      let total = Traffic(
        bytesIn: sum.bytesIn &+ 5000, bytesOut: minute == 2 ? sum.bytesOut - 60 : sum.bytesOut,
        packetsIn: sum.packetsIn, packetsOut: sum.packetsOut)
      let balanced = Self.minute(Self.noon + Int64(minute), rows, total: total)
      #expect(balanced.rows.count == HistoryMinute.most + 2)
      try store.write(balanced)
    }
    let answer = try answer(store, Self.noon, Self.noon + 3)
    let account = try #require(answer.accounts.first)
    let rows = answer.groups.reduce(Traffic()) { $0 + $1.traffic }
    #expect(rows.bytesIn == account.total.bytesIn && account.excess.bytesIn == 0)
    #expect(rows.bytesOut == account.total.bytesOut + 60 && account.excess.bytesOut == 60)
    #expect(answer.groups.first { $0.name == "not explained" }?.traffic.bytes == 15_000)
    #expect(answer.groups.contains { $0.name == "other flows" && $0.traffic.bytes > 0 })
  }

  @Test func `ten minutes become one slice with the same rows`() throws {
    let folder = try TemporaryFolder()
    let store = try HistoryStore(writing: folder.path)
    for number in 0..<25 {
      try store.write(Self.minute(Self.noon + Int64(number), [Self.row("squid", UInt64(number) * 100, 1)]))
    }
    let database = try Database("\(folder.path)/\(HistoryStore.fileName)", writes: false, patience: 1)
    #expect(try database.number("SELECT count(*) FROM slice WHERE minutes = 10", "test") == 2)
    #expect(try database.number("SELECT count(*) FROM slice", "test") == 7)
    let answer = try answer(store, Self.noon, Self.noon + 25, step: 10)
    #expect(answer.groups.map(\.series) == [[4510, 14510, 11005]])
    #expect(answer.gaps.isEmpty && answer.milliseconds == 25 * 60_000)
    // A minute inside of a slice.
    #expect(try self.answer(store, Self.noon + 4, Self.noon + 5).groups.first?.traffic.bytesIn == 400)
  }

  @Test func `minutes that nobody watched are gaps, and half a minute is half`() throws {
    let folder = try TemporaryFolder()
    let store = try HistoryStore(writing: folder.path)
    for number in [0, 1, 5, 6, 9] as [Int64] {
      try store.write(
        Self.minute(Self.noon + number, [Self.row("squid", 10, 10)], milliseconds: number == 5 ? 30_000 : 60_000))
    }
    let answer = try answer(store, Self.noon, Self.noon + 12)
    #expect(
      answer.gaps == [
        Self.noon + 2..<Self.noon + 5, Self.noon + 7..<Self.noon + 9, Self.noon + 10..<Self.noon + 12,
      ])
    #expect(answer.milliseconds == 270_000)
    #expect(answer.first == Self.noon && answer.last == Self.noon + 9)
    // After a restart, or when the clock was set back, the minute has both parts.
    try store.write(Self.minute(Self.noon + 5, [Self.row("squid", 1, 1)], milliseconds: 20_000))
    let after = try self.answer(store, Self.noon + 5, Self.noon + 6)
    #expect(after.groups.map(\.traffic.bytes) == [22] && after.milliseconds == 50_000)
    #expect(after.accounts.map(\.total.bytes) == [22])
  }

  @Test func `whole hours answer as their minutes do`() throws {
    let folder = try TemporaryFolder()
    let store = try HistoryStore(writing: folder.path)
    var numbers = SeededNumbers(11)
    // Every third minute of three days.
    for number in stride(from: Int64(0), to: 3 * 1440, by: 3) {
      let rows = ["squid", "backup", "nginx"].map { Self.row($0, UInt64.random(in: 1..<5000, using: &numbers), 7) }
      try store.write(Self.minute(Self.noon + number, rows))
    }
    let (from, to) = (Self.noon + 17, Self.noon + 3 * 1440 - 25)
    let hours = try answer(store, from, to, by: .process, step: 60)
    var sums: [String: UInt64] = [:]
    for start in stride(from: from, to: to, by: 600) {
      for group in try answer(store, start, min(start + 600, to)).groups {
        sums[group.name, default: 0] += group.traffic.bytes
      }
    }
    #expect(Dictionary(uniqueKeysWithValues: hours.groups.map { ($0.name, $0.traffic.bytes) }) == sums)
    #expect(hours.groups.allSatisfy { $0.series.reduce(0, +) == $0.traffic.bytes })
    #expect(hours.accounts.first?.total.bytes == sums.values.reduce(0, +))
  }

  @Test func `a clock that was wrong for a minute erases nothing`() throws {
    let folder = try TemporaryFolder()
    let store = try HistoryStore(writing: folder.path)
    let limits = HistoryStore.Limits(days: 2)
    try store.write(Self.minute(Self.noon, [Self.row("before", 10, 10)]), limits: limits)
    try store.write(Self.minute(Self.noon + 40 * 1440, [Self.row("ahead", 10, 10)]), limits: limits)
    try store.write(Self.minute(Self.noon + 1, [Self.row("behind", 10, 10)]), limits: limits)
    #expect(Set(try answer(store, Self.noon, Self.noon + 2).groups.map(\.name)) == ["before", "behind"])
  }

  @Test func `a file that is removed while it is written to is said to be gone`() throws {
    let folder = try TemporaryFolder()
    let store = try HistoryStore(writing: folder.path)
    try store.write(Self.minute(Self.noon, [Self.row("squid", 10, 10)]))
    #expect(code { _ = try HistoryStore(writing: folder.path) } == .locked)
    try FileManager.default.removeItem(atPath: store.path)
    #expect(code { try store.write(Self.minute(Self.noon + 1, [Self.row("squid", 10, 10)])) } == .missing)
  }

  @Test func `who talks to more others than there are rows keeps all of it`() throws {
    let rows = (0..<3000).map { number in
      Self.row("scan", 100, 10, peer: "198.51.\(number / 250).\(number % 250 + 1)")
    }
    let balanced = Self.minute(Self.noon, rows)
    #expect(balanced.rows.count <= HistoryMinute.most)
    #expect(balanced.rows.allSatisfy { $0.owner.process == "scan" })
    #expect(balanced.rows.reduce(0) { $0 + $1.traffic.bytes } == 330_000)
  }

  @Test func `what the meter does not know is not hidden by rows that have too much`() throws {
    let row = Self.row("squid", 1000, 100)
    var account = HistoryAccount(
      interface: "eth0", total: Traffic(bytesIn: 900, bytesOut: 100, packetsIn: 1, packetsOut: 2))
    account.unknown = Traffic(bytesIn: 200)
    let balanced = HistoryMinute(minute: Self.noon, rows: [row], accounts: [account]).balanced()
    #expect(balanced.rows.first { $0.owner.rest == .unknown }?.traffic.bytesIn == 200)
    #expect(balanced.accounts.first?.excess.bytesIn == 300)
  }

  @Test func `the oldest goes first, by days and by bytes`() throws {
    let folder = try TemporaryFolder()
    let store = try HistoryStore(writing: folder.path)
    for day in 0..<4 {
      try store.write(
        Self.minute(
          Self.noon + Int64(day) * 1440, [Self.row("of day \(day)", 10, 10)], milliseconds: 4 * 3_600_000),
        limits: HistoryStore.Limits(days: 2))
    }
    let names = try answer(store, Self.noon, Self.noon + 4 * 1440, step: 60).groups.map(\.name)
    #expect(Set(names) == ["of day 1", "of day 2", "of day 3"])

    let smallFolder = try TemporaryFolder()
    let small = try HistoryStore(writing: smallFolder.path)
    var numbers = SeededNumbers(3)
    let limits = HistoryStore.Limits(bytes: 400_000, days: 30)
    for number in 0..<600 {
      let rows = (0..<100).map { _ in
        Self.row(
          "p\(Int.random(in: 0..<50, using: &numbers))", UInt64.random(in: 0..<1 << 40, using: &numbers),
          UInt64.random(in: 0..<1 << 40, using: &numbers))
      }
      try small.write(Self.minute(Self.noon + Int64(number) * 6, rows), limits: limits)
    }
    #expect(try small.usage().bytes <= limits.bytes)
    let kept = try answer(small, Self.noon, Self.noon + 3600, step: 60)
    #expect(kept.last == Self.noon + 599 * 6)
    #expect(try #require(kept.first) > Self.noon)
    // What is left still adds up.
    let account = try #require(kept.accounts.first)
    #expect(kept.groups.reduce(0) { $0 + $1.traffic.bytes } == account.total.bytes)
  }

  @Test func `traffic that passes two interfaces counts once, and at each of them if they are told apart`() throws {
    let folder = try TemporaryFolder()
    let store = try HistoryStore(writing: folder.path)
    let lan = Self.row("squid", 100, 20, interface: "lan")
    var wan = Self.row("squid", 20, 100, interface: "wan")
    wan.isAgain = true
    try store.write(
      HistoryMinute(
        minute: Self.noon, rows: [lan, wan],
        accounts: [
          HistoryAccount(interface: "lan", total: lan.traffic), HistoryAccount(interface: "wan", total: wan.traffic),
        ]
      ).balanced())
    func bytes(_ by: HistoryGrouping, _ target: String? = nil) throws -> [UInt64] {
      try answer(store, Self.noon, Self.noon + 1, by: by, target: target).groups.map(\.traffic.bytes)
    }
    #expect(try bytes(.process) == [120])
    #expect(try bytes(.interface) == [120, 120])
    #expect(try bytes(.process, "wan") == [120])
    #expect(try bytes(.process, "lan") == [120])
    #expect(try bytes(.process, "squid") == [120])
  }

  @Test func `a damaged slice is named, and the others answer`() throws {
    let folder = try TemporaryFolder()
    let store = try HistoryStore(writing: folder.path)
    for number in 0..<25 { try store.write(Self.minute(Self.noon + Int64(number), [Self.row("squid", 10, 10)])) }
    try store.database.run("UPDATE slice SET content = x'28b52ffd0102' WHERE start = \(Self.noon + 10)", "test")
    let answer = try answer(store, Self.noon, Self.noon + 25)
    #expect(answer.damaged == [Self.noon + 10..<Self.noon + 20])
    #expect(answer.groups.map(\.traffic.bytes) == [15 * 20])
  }

  @Test func `a file that is none, or is newer, or is another program's, is named as such`() throws {
    let folder = try TemporaryFolder()
    #expect(throws: HistoryError.self) { try HistoryStore(reading: folder.path) }
    #expect(code { _ = try HistoryStore(reading: folder.path) } == .missing)
    #expect(code { _ = try HistoryStore(writing: "\(folder.path)/none") } == .missing)
    try folder.write(HistoryStore.fileName, String(repeating: "this is no database\n", count: 500))
    #expect(code { _ = try HistoryStore(reading: folder.path) } == .damaged)
    #expect(code { _ = try HistoryStore(writing: folder.path) } == .damaged)

    let other = try TemporaryFolder()
    let database = try Database("\(other.path)/\(HistoryStore.fileName)", writes: true, patience: 1)
    try database.run("CREATE TABLE visits(url TEXT)", "test")
    #expect(code { _ = try HistoryStore(writing: other.path) } == .damaged)

    let newer = try TemporaryFolder()
    do { try HistoryStore(writing: newer.path).database.run("PRAGMA user_version=99", "test") }
    #expect(code { _ = try HistoryStore(reading: newer.path) } == .newer)
    #expect(code { _ = try HistoryStore(writing: newer.path) } == .newer)
  }

  @Test func `a second writer is refused, and readers are not`() throws {
    let folder = try TemporaryFolder()
    let store = try HistoryStore(writing: folder.path)
    try store.write(Self.minute(Self.noon, [Self.row("squid", 10, 10)]))
    #expect {
      _ = try HistoryStore(writing: folder.path)
    } throws: {
      ($0 as? HistoryError)?.code == .locked
    }
    #expect(try answer(HistoryStore(reading: folder.path), Self.noon, Self.noon + 1).groups.count == 1)
  }

  @Test func `whatever instant the writer is killed at, the file is whole and has what was said to be written`() throws
  {
    let folder = try TemporaryFolder()
    var numbers = SeededNumbers(23)
    try HistoryStore(writing: folder.path).write(Self.minute(Self.noon, [Self.row("first", 10, 10)]))
    var next = Self.noon + 1
    for _ in 0..<20 {
      let process = Foundation.Process()
      process.executableURL = URL(fileURLWithPath: Executables.path("HistoryWriting"))
      process.arguments = [folder.path, "\(next)"]
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      usleep(UInt32.random(in: 5_000..<150_000, using: &numbers))
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      let told = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      // The last line may be cut.
      let lines = told.split(separator: "\n", omittingEmptySubsequences: false).dropLast().compactMap { Int64($0) }
      let reached = lines.last.map { $0 + 1 } ?? next
      let store = try HistoryStore(reading: folder.path)
      #expect(try store.database.checkedPages() == "ok")
      let answer = try answer(store, Self.noon, reached, step: 60)
      #expect(answer.gaps.isEmpty && answer.damaged.isEmpty)
      let account = answer.accounts.reduce(0) { $0 + $1.total.bytes }
      #expect(answer.groups.reduce(0) { $0 + $1.traffic.bytes } == account)
      // A minute that was written and not told is not written twice.
      next = (try store.usage().last ?? Self.noon - 1) + 1
    }
  }

  @Test func `slices of any bytes are read as damaged, or as rows`() throws {
    var numbers = SeededNumbers(5)
    let good = try #require(
      Slice.packed([
        StoredMinute(
          minute: 5, milliseconds: 60_000,
          rows: (1..<50).map {
            StoredRow(
              interface: 1, owner: $0, chain: 0, peer: $0, transport: 6, port: 443, direction: 1,
              traffic: Traffic(bytesIn: $0 << 30), flows: 1)
          })
      ]))
    #expect(Slice.unpacked(good)?.first?.rows.count == 49)
    for _ in 0..<2000 {
      var bytes = good
      for _ in 0..<Int.random(in: 1..<6, using: &numbers) {
        bytes[Int.random(in: bytes.indices, using: &numbers)] = UInt8.random(in: 0...255, using: &numbers)
      }
      if Bool.random(using: &numbers) { bytes.removeLast(Int.random(in: 0...bytes.count, using: &numbers)) }
      _ = Slice.unpacked(bytes)
    }
    #expect(Slice.unpacked([]) == nil)
  }
}

extension Database {
  /// `ok`, or what SQLite finds wrong.
  fileprivate func checkedPages() throws -> String {
    var found = ""
    try run("PRAGMA integrity_check", [], "check") { row throws(HistoryError) in found += row.text(0) }
    return found
  }
}
