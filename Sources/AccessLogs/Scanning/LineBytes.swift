internal import CScan

/// The bytes of one line, in a buffer with `padding` readable bytes after its content.
///
/// It uses pointers because a log is scanned at the speed of memory, and a checked read per byte costs as much as
/// everything else. Pointers stay in this folder: nothing outside `Scanning` touches one, and every function here is
/// safe for any argument. A position outside the line gives zero or the line's end. Wide loads read at most `padding`
/// bytes after the end of the line, which exist, and the result is masked.
struct LineBytes {
  /// How many bytes can be read after the end of every line.
  static let padding = 64

  let base: UnsafePointer<UInt8>
  let count: Int

  @inline(__always)
  init(_ base: UnsafePointer<UInt8>, count: Int) {
    self.base = base
    self.count = count
  }

  /// The byte at `index`; 0 outside the line.
  @inline(__always)
  subscript(index: Int) -> UInt8 { UInt(bitPattern: index) < UInt(bitPattern: count) ? base[index] : 0 }

  /// Eight bytes from `index`, the first one lowest. Bytes after the end of the line may have any value; outside the
  /// line all are 0.
  @inline(__always)
  func word(at index: Int) -> UInt64 {
    guard UInt(bitPattern: index) < UInt(bitPattern: count) else { return 0 }
    return UInt64(littleEndian: UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self))
  }

  /// Eight bytes from `index`, with zeros after the end of the line.
  @inline(__always)
  func maskedWord(at index: Int, before end: Int) -> UInt64 {
    let left = min(end, count) - index
    guard left > 0 else { return 0 }
    let word = word(at: index)
    return left >= 8 ? word : word & (1 << UInt64(left &* 8) &- 1)
  }

  /// The first position of `byte` at or after `start`; the line's length if there is none.
  @inline(__always)
  func first(_ byte: UInt8, from start: Int) -> Int { hw_first(base, max(start, 0), count, byte) }

  /// The first position of a character that ends a path: a space, `?`, `;`, `#`, `%`, `\`.
  @inline(__always)
  func firstPathEnd(from start: Int) -> Int { hw_first_path_end(base, max(start, 0), count) }

  /// The first position of a space at or after `start`.
  @inline(__always)
  func firstBlank(from start: Int) -> Int { first(UInt8(ascii: " "), from: start) }

  /// A part of the line as a line of its own; its limits are clamped.
  @inline(__always)
  func part(_ start: Int, _ end: Int) -> LineBytes {
    let end = min(max(end, 0), count)
    let start = min(max(start, 0), end)
    return LineBytes(base + start, count: end - start)
  }

  func part(_ field: Field) -> LineBytes { part(field.start, field.end) }

  /// Whether `text` is at `index`.
  @inline(__always)
  func has(_ text: StaticString, at index: Int) -> Bool {
    let length = text.utf8CodeUnitCount
    guard index >= 0, index <= count - length else { return false }
    for place in 0..<length where base[index + place] != text.utf8Start[place] { return false }
    return true
  }

  /// The first position of `text` at or after `start`; nil if there is none.
  func first(_ text: StaticString, from start: Int) -> Int? {
    var index = start
    while index < count {
      index = first(text.utf8Start[0], from: index)
      if has(text, at: index) { return index }
      index += 1
    }
    return nil
  }

  /// The last position of `text` at or after `start`; nil if there is none.
  func last(_ text: StaticString, from start: Int) -> Int? {
    var index = count - text.utf8CodeUnitCount
    while index >= start {
      if has(text, at: index) { return index }
      index -= 1
    }
    return nil
  }

  /// A copy of the bytes, to be kept.
  var bytes: [UInt8] { Array(UnsafeBufferPointer(start: base, count: count)) }

  /// The hash of a field: multiply and fold (like wyhash), 16 bytes at a time, in two lanes that don't wait for each
  /// other.
  @inline(__always)
  func hash(_ field: Field, seed: UInt64) -> UInt64 {
    let start = max(field.start, 0)
    let end = min(field.end, count)
    let length = end - start
    var hash = seed ^ UInt64(truncatingIfNeeded: length) &* 0x9E37_79B9_7F4A_7C15
    guard length > 16 else {
      let low = maskedWord(at: start, before: end)
      let high = maskedWord(at: start + 8, before: end)
      return Self.fold(Self.fold(low ^ 0xA076_1D64_78BD_642F, high ^ hash), 0xE703_7ED1_A0B4_28DB)
    }
    // Whole words from here on; the last one overlaps the one before.
    var index = start
    var other = hash
    while end - index > 32 {
      hash = Self.fold(load(index) ^ 0xA076_1D64_78BD_642F, load(index &+ 8) ^ hash)
      other = Self.fold(load(index &+ 16) ^ 0x8EBC_6AF0_9C88_C6E3, load(index &+ 24) ^ other)
      index &+= 32
    }
    if end - index > 16 { hash = Self.fold(load(index) ^ 0x5899_65CC_7537_4CC3, load(index &+ 8) ^ hash) }
    hash = Self.fold(load(end &- 16) ^ 0xA076_1D64_78BD_642F, load(end &- 8) ^ hash ^ other &* 3)
    return Self.fold(hash, 0xE703_7ED1_A0B4_28DB)
  }

  /// Whether this whole line equals the part `field` of another line, which has the same length.
  @inline(__always)
  func isEqual(to line: LineBytes, _ field: Field) -> Bool {
    guard field.start >= 0, field.end <= line.count, field.count == count else { return false }
    guard count >= 8 else {
      return maskedWord(at: 0, before: count) == line.maskedWord(at: field.start, before: field.end)
    }
    var index = 0
    while index < count &- 8 {
      guard load(index) == line.load(field.start &+ index) else { return false }
      index &+= 8
    }
    return load(count &- 8) == line.load(field.end &- 8)
  }

  /// Eight bytes that are known to be inside the line.
  @inline(__always)
  private func load(_ index: Int) -> UInt64 {
    UInt64(littleEndian: UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self))
  }

  @inline(__always)
  static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }

  /// Calls `body` with `bytes` as a line.
  static func with<Result>(_ bytes: [UInt8], _ body: (LineBytes) throws -> Result) rethrows -> Result {
    let padded = bytes + [UInt8](repeating: 0, count: padding)
    return try padded.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { preconditionFailure("an array with bytes in it has a place") }
      return try body(LineBytes(base, count: bytes.count))
    }
  }
}

/// The position of a value in its line, in bytes.
struct Field: Equatable {
  var start: Int { Int(place) }
  var count: Int { Int(length) }
  var end: Int { Int(place) + Int(length) }
  var isEmpty: Bool { length == 0 }

  private var place: Int32 = 0
  private var length: Int32 = 0

  static let none = Field()

  private init() {}

  @inline(__always)
  init(_ start: Int, _ end: Int) {
    place = Int32(truncatingIfNeeded: start)
    length = Int32(truncatingIfNeeded: max(end - start, 0))
  }
}
