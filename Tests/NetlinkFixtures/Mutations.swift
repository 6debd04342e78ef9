import TestNumbers

/// Endless variations of some messages, the same ones for the same seed.
package struct Mutations {
  private let originals: [[UInt8]]
  private var numbers: SeededNumbers

  package init(of originals: [[UInt8]], seed: UInt64) {
    self.originals = originals
    numbers = SeededNumbers(seed)
  }

  private mutating func random(below limit: Int) -> Int {
    limit > 0 ? Int.random(in: 0..<limit, using: &numbers) : 0
  }

  /// The next variation: one to eight changes of one message.
  package mutating func next() -> [UInt8] {
    guard !originals.isEmpty else { return [] }
    var message = originals[random(below: originals.count)]
    for _ in 0...random(below: 8) where !message.isEmpty { change(&message) }
    // Often the frame's length is made right again, so that mutations reach the parsers behind it.
    if message.count >= 16, random(below: 4) != 0 {
      withUnsafeBytes(of: UInt32(message.count)) { message.replaceSubrange(0..<4, with: $0) }
    }
    return message
  }

  private mutating func change(_ message: inout [UInt8]) {
    let place = random(below: message.count)
    switch random(below: 6) {
    case 0: message[place] = UInt8(random(below: 256))
    case 1: message[place] ^= 1 << UInt8(random(below: 8))
    // Lengths live at multiples of four: zero, tiny and huge ones.
    case 2: message[place & ~3] = [0, 1, 3, 4, 5, 0x7F, 0x80, 0xFF][random(below: 8)]
    case 3: message.removeSubrange(place...)
    case 4: message.removeSubrange(place..<min(message.count, place + 1 + random(below: 16)))
    default:
      let other = originals[random(below: originals.count)]
      let start = random(below: other.count)
      message.insert(contentsOf: other[start..<min(other.count, start + random(below: 64))], at: place)
    }
  }
}
