// Spoils good inputs of every parser of Clues and LinuxSystem; a crash is the finding.
// `swift run -c release ProgramsFuzz 1000000 7`: a million inputs, from seed 7. The same numbers give the same inputs.
import TestNumbers

let arguments = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
let rounds = arguments.first ?? 100_000
let seed = arguments.dropFirst().first ?? 1
let everything =
  subjects + openVPNSubjects + haproxySubjects + nginxSubjects + wireSubjects + fleetSubjects + pastedSubjects
  + archiveSubjects + captureSubjects + addressListSubjects + cloudSubjects
var mutator = Mutator(numbers: SeededNumbers(seed))
var accepted = [Int](repeating: 0, count: everything.count)
var tried = accepted

for round in 0..<rounds {
  let index = Int(round % UInt64(everything.count))
  let subject = everything[index]
  let first = subject.seeds[Int(round / UInt64(everything.count) % UInt64(subject.seeds.count))]
  let other = everything.randomElement(using: &mutator.numbers)?.seeds.first ?? []
  tried[index] += 1
  if subject.parse(mutator.mutate(first, with: other)) > 0 { accepted[index] += 1 }
}

for (index, subject) in everything.enumerated() {
  print("\(subject.name): \(tried[index]) inputs, \(accepted[index]) accepted")
}
