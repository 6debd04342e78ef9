// Feeds the netlink parsers bytes that no kernel sends. Nothing may trap; errors are answers.
//
//   swift run -c release NetlinkFuzz 1000000        mutations of recorded messages
//   swift run -c release NetlinkFuzz 1000000 7      the same from another seed
//   swift run -c release NetlinkFuzz FILE...        files of a corpus, or one that crashed

internal import Foundation
internal import Netlink
internal import NetlinkFixtures

/// Reads one datagram as every family does, and counts what made sense.
func parse(_ datagram: [UInt8]) -> Int {
  var understood = 0
  func attempt(_ body: () throws(MalformedMessage) -> Void) {
    do {
      try body()
      understood += 1
    } catch {}
  }
  try? forEachMessage(in: datagram.span.bytes) { (header, payload) throws(MalformedMessage) in
    attempt { () throws(MalformedMessage) in _ = try Acknowledgement(error: payload, flags: header.flags) }
    attempt { () throws(MalformedMessage) in _ = try Acknowledgement(done: payload, flags: header.flags) }
    attempt { () throws(MalformedMessage) in _ = try SocketRecord(parsing: payload, transport: nil) }
    attempt { () throws(MalformedMessage) in _ = try SocketRecord(parsing: payload, transport: .tcp) }
    attempt { () throws(MalformedMessage) in _ = try UnixSocketRecord(parsing: payload) }
    attempt { () throws(MalformedMessage) in _ = try ConnectionRecord(parsing: payload).isTranslated }
    attempt { () throws(MalformedMessage) in _ = try Link(parsing: payload) }
    attempt { () throws(MalformedMessage) in _ = try AddressRecord(parsing: payload).prefix }
    attempt { () throws(MalformedMessage) in _ = try Neighbour(parsing: payload) }
    attempt { () throws(MalformedMessage) in _ = try Route(parsing: payload) }
    attempt { () throws(MalformedMessage) in _ = try GenericFamily(parsing: payload) }
    attempt { () throws(MalformedMessage) in
      var dump = WireGuardDump()
      try dump.add(payload)
      try dump.add(payload)
      _ = dump.device
    }
    return true
  }
  for isDump in [false, true] {
    var answer = NetlinkAnswer(to: 1, isDump: isDump, operation: "fuzz")
    try? answer.read(datagram.span.bytes) { _, _ in understood += 1 }
  }
  return understood
}

let arguments = CommandLine.arguments.dropFirst()
var runs = 0
var understood = 0
let clock = ContinuousClock()
let began = clock.now
if let first = arguments.first, let count = Int(first) {
  var mutations = Mutations(of: Fixture.all, seed: arguments.dropFirst().first.flatMap { UInt64($0) } ?? 1)
  while runs < count {
    understood += parse(mutations.next())
    runs += 1
  }
} else if !arguments.isEmpty {
  for path in arguments {
    understood += parse([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
    runs += 1
  }
} else {
  print("usage: NetlinkFuzz COUNT [SEED] | FILE...")
  exit(64)
}
let elapsed = began.duration(to: clock.now)
let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
print("\(runs) runs, \(understood) readings understood, \(Int(Double(runs) / max(seconds, 1e-9))) runs/s")
