// Spoils good capture files of both formats; a crash, or a byte that is in no sum, is the finding.
// `swift run -c release PacketsFuzz 1000000 7`: a million inputs, from seed 7. The same numbers give the same inputs.

let arguments = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
let rounds = arguments.first ?? 100_000
var numbers = SeededNumbers(state: arguments.dropFirst().first ?? 1)
var read: UInt64 = 0
var damaged = 0

for round in 0..<rounds {
  let seed = seeds[Int(round % UInt64(seeds.count))]
  let input = spoiled(seed, with: seeds.randomElement(using: &numbers) ?? [], using: &numbers)
  let (document, failure) = count(input, piece: Int(round % 7) * 13, asks: round % 16 == 0)
  read += document?.packets ?? 0
  if failure { damaged += 1 }
}
print("\(rounds) inputs, \(damaged) damaged, \(read) packets in the reports")
