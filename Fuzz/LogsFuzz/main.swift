// Spoils good lines of every format of access logs; a crash is the finding.
// `swift run -c release LogsFuzz 1000000 7`: a million inputs, from seed 7. The same numbers give the same inputs.
import AccessLogs
import TestNumbers

let arguments = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
let rounds = arguments.first ?? 100_000
var numbers = SeededNumbers(arguments.dropFirst().first ?? 1)
let formats = customFormats.compactMap { CustomFormat($0) }
var requests = 0
var survey = LogSurvey(limits: smallLimits, formats: [])

for round in 0..<rounds {
  let seed = Array(lines[Int(round % UInt64(lines.count))].utf8)
  let other = Array((lines.randomElement(using: &numbers) ?? "").utf8)
  let text = spoiled(seed, with: other, using: &numbers)
  if (try? LogLine(text, formats: round % 3 == 0 ? formats : [])) != nil { requests += 1 }
  // The same in a log: keys come and go in tables that are too small.
  survey.read(text + [10] + other + (round % 5 == 0 ? [] : [10]), site: "site\(round % 300)")
  if round % 10_000 == 0 {
    let document = survey.document()
    requests += document.sites.count
    survey = LogSurvey(limits: smallLimits, formats: formats)
  }
  _ = CustomFormat(String(decoding: text, as: UTF8.self))
  _ = LogTime.parse(String(decoding: text.prefix(30), as: UTF8.self), now: 0)
  _ = LogSeries.site(ofLog: String(decoding: text.prefix(60), as: UTF8.self))
}
print("\(rounds) inputs, \(requests) accepted")

/// `seed` changed in one to six places.
func spoiled(_ seed: [UInt8], with other: [UInt8], using numbers: inout SeededNumbers) -> [UInt8] {
  var bytes = seed
  for _ in 0..<Int.random(in: 1...6, using: &numbers) {
    let place = Int.random(in: 0...bytes.count, using: &numbers)
    let end = min(bytes.count, place + Int.random(in: 0...32, using: &numbers))
    switch Int.random(in: 0..<7, using: &numbers) {
    case 0: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &numbers) }
    case 1: if place < bytes.count { bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &numbers) }
    case 2: bytes.insert(contentsOf: nasty.randomElement(using: &numbers) ?? [], at: place)
    case 3: bytes.removeSubrange(place..<end)
    case 4: bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
    case 5: bytes.removeSubrange(place...)
    default: bytes.replaceSubrange(place..<end, with: other.prefix(Int.random(in: 0...64, using: &numbers)))
    }
  }
  return bytes
}
