import TestNumbers

/// Spoils a good input in one to eight places.
struct Mutator {
  var numbers: SeededNumbers
  private static let nasty: [[UInt8]] = [
    [0], [0xFF], [0xC3, 0x28], Array("\n".utf8), Array("\r\n".utf8), Array("99999999999999999999".utf8),
    Array("-1".utf8),
    Array("18446744073709551615".utf8), Array("ffffffffffffffff".utf8), Array("(((".utf8), Array("))".utf8),
    Array("[[[[[[[[[[[[[[[[".utf8), Array("{\"a\":".utf8), Array("\\777".utf8), Array("/..".utf8), Array("null".utf8),
    Array(".scope".utf8), Array("\\x".utf8), Array(":".utf8),
  ]

  mutating func mutate(_ seed: [UInt8], with other: [UInt8]) -> [UInt8] {
    var bytes = seed
    for _ in 0..<Int.random(in: 1...8, using: &numbers) { change(&bytes, with: other) }
    return bytes
  }

  private mutating func change(_ bytes: inout [UInt8], with other: [UInt8]) {
    let place = Int.random(in: 0...bytes.count, using: &numbers)
    let end = min(bytes.count, place + Int.random(in: 0...32, using: &numbers))
    switch Int.random(in: 0..<7, using: &numbers) {
    case 0: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &numbers) }
    case 1: if place < bytes.count { bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &numbers) }
    case 2: bytes.insert(contentsOf: Self.nasty.randomElement(using: &numbers) ?? [], at: place)
    case 3: bytes.removeSubrange(place..<end)
    case 4: bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
    case 5: bytes.removeSubrange(place...)
    default: bytes.replaceSubrange(place..<end, with: other.prefix(Int.random(in: 0...64, using: &numbers)))
    }
  }
}
