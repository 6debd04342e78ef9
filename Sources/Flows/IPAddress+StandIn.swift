extension IPAddress {
  /// The symbols that a stand-in's name may have. A symbol's position in the list is its digit; 0 ends the name.
  private static let symbols = Array("abcdefghijklmnopqrstuvwxyz0123456789-._*#<>[]:…")
  /// How many symbols fit into a stand-in behind its first byte.
  private static let room = 21
  /// The first byte of a stand-in. Addresses with it are not assigned to anybody (IANA, "IPv6 Address Space").
  private static let mark: UInt128 = 0x0E

  /// A stand-in for an address that a pasted text does not show: the text has a name instead (`s750.local`, where `-n`
  /// was left out) or hides the address (`x.x.x.x`). A stand-in prints as that text in lower case; a long text is cut
  /// and ends with a hash of the whole. Nil if the text has other symbols.
  public init?(standingFor text: some StringProtocol) {
    var characters = Array(text.lowercased())
    if characters.count > Self.room {
      var hash: UInt64 = 0xCBF2_9CE4_8422_2325
      for byte in text.lowercased().utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
      // Four base-36 digits.
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

  /// The text that this stand-in prints in place of an address; nil for a real address.
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
