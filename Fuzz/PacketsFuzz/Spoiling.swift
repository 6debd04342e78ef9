/// Random numbers that are the same for the same seed (SplitMix64, S. Vigna).
struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}

private let nasty: [[UInt8]] = [
  [0], [0xFF], [0xFF, 0xFF, 0xFF, 0xFF], [0x80, 0, 0, 0], [0, 0, 0, 0x80], [0x0A, 0x0D, 0x0D, 0x0A],
  [0xAD, 0x0B, 0, 0],
  [0xFF, 0xFF, 0xFF, 0x7F], [0, 0, 0, 0, 0, 0, 0, 0],
]

/// `seed` changed in one to six places.
func spoiled(_ seed: [UInt8], with other: [UInt8], using numbers: inout SeededNumbers) -> [UInt8] {
  var bytes = seed
  for _ in 0..<Int.random(in: 1...6, using: &numbers) {
    let place = Int.random(in: 0...bytes.count, using: &numbers)
    let end = min(bytes.count, place + Int.random(in: 0...32, using: &numbers))
    switch Int.random(in: 0..<8, using: &numbers) {
    case 0, 1: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &numbers) }
    case 2: if place < bytes.count { bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &numbers) }
    case 3: bytes.replaceSubrange(place..<min(end, place + 4), with: nasty.randomElement(using: &numbers) ?? [])
    case 4: bytes.removeSubrange(place..<end)
    case 5: bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
    case 6: bytes.removeSubrange(place...)
    default: bytes.replaceSubrange(place..<end, with: other.prefix(Int.random(in: 0...64, using: &numbers)))
    }
  }
  return bytes
}
