// Spoils good inputs of every parser of Clues and LinuxSystem; a crash is the finding.
// `swift run -c release CluesFuzz 1000000 7`: a million inputs, from seed 7. The same numbers give the same inputs.

let arguments = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
let rounds = arguments.first ?? 100_000
let seed = arguments.dropFirst().first ?? 1
var mutator = Mutator(numbers: SeededNumbers(state: seed))
var accepted = [Int](repeating: 0, count: subjects.count)
var tried = accepted

for round in 0..<rounds {
  let index = Int(round % UInt64(subjects.count))
  let subject = subjects[index]
  let first = subject.seeds[Int(round / UInt64(subjects.count) % UInt64(subject.seeds.count))]
  let other = subjects.randomElement(using: &mutator.numbers)?.seeds.first ?? []
  tried[index] += 1
  if subject.parse(mutator.mutate(first, with: other)) > 0 { accepted[index] += 1 }
}

for (index, subject) in subjects.enumerated() {
  print("\(subject.name): \(tried[index]) inputs, \(accepted[index]) accepted")
}
