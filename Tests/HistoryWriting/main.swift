import Flows
import Glibc
import History

// Writes minutes into the history in a folder until it is killed, and prints each one that was written.
// HistoryWriting FOLDER FIRST-MINUTE
let words = CommandLine.arguments
guard words.count == 3, var minute = Int64(words[2]) else { fatalError("HistoryWriting FOLDER FIRST-MINUTE") }
let store = try HistoryStore(writing: words[1])
while true {
  let rows = (0..<200).map { number in
    HistoryRow(
      interface: "eth0", owner: HistoryOwner(process: "worker\(number % 20)"), peer: .v4(0xC633_6400 | UInt32(number)),
      transport: 6, port: 443, direction: .outward,
      traffic: Traffic(bytesIn: UInt64(number) * 1000, bytesOut: UInt64(minute % 100), packetsIn: 1, packetsOut: 1))
  }
  let total = rows.reduce(Traffic()) { $0 + $1.traffic }
  try store.write(
    HistoryMinute(minute: minute, rows: rows, accounts: [HistoryAccount(interface: "eth0", total: total)]).balanced())
  let line = Array("\(minute)\n".utf8)
  guard write(1, line, line.count) == line.count else { fatalError("nobody reads") }
  minute += 1
}
