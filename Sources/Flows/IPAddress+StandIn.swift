extension IPAddress {
  /// The symbols of a stand-in's name; the place in the list is the digit, and 0 ends it.
  private static let symbols = Array("abcdefghijklmnopqrstuvwxyz0123456789-._*#<>[]:…")
  /// So many fit into what the first byte leaves.
  private static let room = 21
  /// The first byte of a stand-in, in a block that nobody is given (IANA, "IPv6 Address Space").
  private static let mark: UInt128 = 0x0E

  /// What stands for an address that nobody told: a text gives a name in its place (`s750.local`, where `-n` was left out),
  /// or hides it (`x.x.x.x`). It is printed as that text, in small letters; a long one keeps its start and a number made of all
  /// of it. Nil for a text with other symbols.
  public init?(standingFor text: some StringProtocol) {
    var characters = Array(text.lowercased())
    if characters.count > Self.room {
      var hash: UInt64 = 0xCBF2_9CE4_8422_2325
      for byte in text.lowercased().utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
      // Four digits of 36.
      let digits = String(hash % 1_679_616, radix: 36)
      var end: [Character] = ["…"]
      end += Array(repeating: "0", count: 4 - digits.count)
      end += Array(digits)
      characters = Array(characters.prefix(Self.room - 5)) + end
    }
    guard !characters.isEmpty else { return nil }
    var value: UInt128 = 0
    for index in 0..<Self.room {
      var digit: UInt128 = 0
      if index < characters.count {
        guard let place = Self.symbols.firstIndex(of: characters[index]) else { return nil }
        digit = UInt128(place) + 1
      }
      value = value * 48 + digit
    }
    self = .v6(Self.mark << 120 | value)
  }

  /// The text that a stand-in stands for; nil for an address.
  public var standsFor: String? {
    guard case .v6(var value) = self, value >> 120 == Self.mark else { return nil }
    value &= (1 << 120) - 1
    var characters: [Character] = []
    for _ in 0..<Self.room {
      let digit = Int(value % 48)
      value /= 48
      guard digit <= Self.symbols.count else { return nil }
      if digit > 0 { characters.append(Self.symbols[digit - 1]) }
    }
    return characters.isEmpty || value > 0 ? nil : String(characters.reversed())
  }
}
