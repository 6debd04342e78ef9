import Flows
import JSON
import Probe
import Questions

private let questions = [
  #"{"id":1,"ask":"translation","flow":{"transport":"tcp","source":"10.0.0.1:1","destination":"[fd00::1]:2"},"namespace":4026531833}"#,
  #"{"id":18446744073709551615,"ask":"tunnel","address":"fd00::1","interface":3,"namespace":1}"#,
  #"{"id":3,"ask":"counters","pids":[1,2,-3],"namespace":7}"#, #"{"id":4,"ask":"measure","seconds":2.5e0}"#,
  #"{"id":5,"ask":"begin"}"#, #"{"id":6,"ask":"next","seconds":0}"#, #"{"id":7,"ask":"files","pids":[1,2]}"#,
  #"{"cancel":4}"#,
]
private let hello =
  #"{"hello":{"version":1,"program":"0.1.0","host":"a\u00e9\ud83d\ude00","architecture":"x86_64","kernel":"6.1","bootID":"b","namespace":5,"pid":7,"uid":0,"capabilities":["CAP_BPF"],"missing":[],"clock":{"wall":1.5,"monotonic":2}}}"#
private let interval =
  #"{"id":3,"answer":{"schema":"headwater.interval/1","host":"h","started":"s","seconds":1.0,"meter":"ebpf","flows":[{"namespace":1,"namespaceName":0,"role":"peer","flow":{"transport":"udp","source":"1.1.1.1:1","destination":"2.2.2.2:2"},"owner":0,"traffic":{"bytesIn":1,"bytesOut":2,"packetsIn":3,"packetsOut":4},"endsHere":false,"closed":false}],"owners":[{"reason":"x"}],"namespaceNames":["host"],"ledger":[],"notes":[]}}"#
private let inventory =
  #"{"id":4,"answer":{"host":"h","namespaces":[{"id":1,"name":"host","isHost":true,"entry":"","interfaces":[{"index":1,"name":"lo","isUp":true,"addresses":[{"address":"127.0.0.1","prefixLength":8}]}]}],"containers":[],"processNames":["a"],"notes":[]}}"#
private let refusal = #"{"id":5,"error":{"code":"denied","operation":"o","cause":"c"}}"#

/// Both directions between a caller and a probe, and the JSON below them.
let wireSubjects: [Subject] = [
  Subject(name: "JSON", seeds: (questions + [hello, interval]).map { Array($0.utf8) }) { input in
    guard let value = try? JSONValue(parsing: input) else { return -1 }
    // What was read is written so that it reads the same.
    precondition((try? JSONValue(parsing: value.line)) == value)
    return value.line.count
  },
  Subject(name: "probe's questions", seeds: questions.map { Array($0.utf8) }) { input in
    var buffer = LineBuffer(limit: 4096)
    var count = 0
    for case .whole(let line) in buffer.add(input) + buffer.add([0x0A]) {
      guard let request = try? WireRequest.parse(line, host: "h") else { continue }
      if case .ask(_, let question) = request { count += question.description.utf8.count }
      count += 1
    }
    return count
  },
  // Every byte puts a wrong value somewhere into a good answer: what is JSON and yet no answer.
  Subject(name: "wrong values in answers", seeds: [[0, 1, 2, 3], [17, 90, 41], [200, 7, 120, 66, 5]]) { input in
    [hello, interval, inventory, refusal].reduce(0) { sum, text in
      guard var value = try? JSONValue(parsing: Array(text.utf8)) else { return sum }
      for byte in input.prefix(8) {
        var place = Int(byte) % 40
        spoil(&value, &place, with: wrong[Int(byte) % wrong.count])
      }
      return sum + understood(value.line)
    }
  },
  Subject(
    name: "probe's answers", seeds: [hello, interval, inventory, refusal].map { Array($0.utf8) }
  ) { understood($0) },
]

private let wrong: [JSONValue] = [
  .null, .bool(true), .unsigned(.max), .negative(.min), .real(-0.5), .real(1e300), .text(""), .text("1.1.1.1:1"),
  .list([]),
  .object([]), .unsigned(0), .list([.unsigned(.max), .null]),
]

/// Replaces what is at `place` in the order of the text, if it has that many values.
private func spoil(_ value: inout JSONValue, _ place: inout Int, with wrong: JSONValue) {
  place -= 1
  if place == -1 {
    value = wrong
    return
  }
  switch value {
  case .list(var elements):
    for index in elements.indices where place >= 0 { spoil(&elements[index], &place, with: wrong) }
    value = .list(elements)
  case .object(var members):
    for index in members.indices where place >= 0 { spoil(&members[index].value, &place, with: wrong) }
    value = .object(members)
  default: break
  }
}

/// How much a caller finds in a line.
private func understood(_ line: [UInt8]) -> Int {
  switch WireReply(parsing: line) {
  case .hello(let hello): return hello.host.utf8.count + 1
  case .refusal(_, _, let operation, let cause): return operation.utf8.count + cause.utf8.count + 1
  case .answer(_, let answer):
    let interval = try? answer.told(to: MeasureQuestion(seconds: 1)).value
    let inventory = try? answer.told(to: InventoryQuestion()).value
    return (interval?.flows.count ?? 0) + (inventory?.namespaces.count ?? 0)
  case nil: return -1
  }
}
