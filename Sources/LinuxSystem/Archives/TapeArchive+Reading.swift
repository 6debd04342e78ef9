extension TapeArchive {
  /// Reads an archive, gzip-compressed or not.
  public init(parsing bytes: [UInt8], limits: Limits = Limits()) throws(ReadingError) {
    var bytes = bytes
    if Gzip.isCompressed(bytes) {
      do throws(SystemError) {
        bytes = try Gzip.expand(bytes, limit: limits.totalBytes + (limits.entries + 64) * 1024)
      } catch {
        throw ReadingError(
          code: error.errno == .fileTooLarge ? .tooLarge : .malformed, operation: "\(error)")
      }
    }
    self.init()
    var offset = 0
    var total = 0
    /// A long name from an entry of GNU or pax, for the entry that follows.
    var longName: String?
    while offset + Self.block <= bytes.count {
      let header = bytes[offset..<offset + Self.block]
      offset += Self.block
      // Two blocks of zeros end the archive; the rest is padding.
      if header.allSatisfy({ $0 == 0 }) { return }
      guard Self.checksum(header) == Self.number(header, 148, 8) else {
        throw ReadingError(
          code: .malformed, operation: "entry \(entries.count + 1) of the archive has a wrong checksum")
      }
      guard let size = Self.number(header, 124, 12), size <= UInt64(bytes.count - offset) else {
        throw ReadingError(code: .malformed, operation: "entry \(entries.count + 1) of the archive is incomplete")
      }
      let content = bytes[offset..<offset + Int(size)]
      offset += min(bytes.count - offset, (Int(size) + Self.block - 1) / Self.block * Self.block)
      switch header[header.startIndex + 156] {
      case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
        let name = longName ?? Self.name(header)
        longName = nil
        if name.hasSuffix("/") { continue }
        guard let path = Self.safePath(name) else {
          throw ReadingError(
            code: .unsafePath, operation: "the archive has a file with a path outside the archive: \(name)")
        }
        total += content.count
        guard entries.count < limits.entries, content.count <= limits.fileBytes, total <= limits.totalBytes else {
          throw ReadingError(code: .tooLarge, operation: "the archive has too many or too large files")
        }
        entries.append(Entry(path: path, content: Array(content)))
      case UInt8(ascii: "L"): longName = Self.text(content.prefix(8192))
      case UInt8(ascii: "x"): longName = Self.paxPath(content.prefix(65536)) ?? longName
      default: longName = nil
      }
    }
    if offset == 0 || bytes.isEmpty {
      throw ReadingError(code: .malformed, operation: "read an archive: this is not a tar file")
    }
  }

  private static func name(_ header: ArraySlice<UInt8>) -> String {
    let start = header.startIndex
    let name = text(header[start..<start + 100])
    let isUstar = header[start + 257..<start + 262].elementsEqual("ustar".utf8)
    // GNU uses this field for something else, which a space behind the magic shows.
    guard isUstar, header[start + 262] == 0 else { return name }
    let prefix = text(header[start + 345..<start + 500])
    return prefix.isEmpty ? name : "\(prefix)/\(name)"
  }

  /// The path in pax records such as `27 path=s750/conntrack.txt\n`; the last one wins.
  private static func paxPath(_ records: ArraySlice<UInt8>) -> String? {
    var rest = records
    var path: String?
    while let space = rest.firstIndex(of: 32) {
      guard let length = Decimal.number(rest[..<space]), length > 0, length <= UInt64(rest.count) else { break }
      let end = rest.startIndex + Int(length)
      guard space < end else { break }
      let record = rest[(space + 1)..<end]
      if record.starts(with: "path=".utf8) { path = text(record.dropFirst(5).dropLast()) }
      rest = rest[end...]
    }
    return path
  }

  /// Reads an octal number, or a binary one of GNU tar; nil if it is neither, or negative.
  private static func number(_ header: ArraySlice<UInt8>, _ offset: Int, _ width: Int) -> UInt64? {
    let field = header[header.startIndex + offset..<header.startIndex + offset + width]
    if let first = field.first, first & 0x80 != 0 {
      guard first == 0x80 else { return nil }
      return field.dropFirst().reduce(UInt64?(0)) { value, byte in
        value.flatMap { $0 >> 56 == 0 ? $0 << 8 | UInt64(byte) : nil }
      }
    }
    let digits = field.drop { $0 == 32 }.prefix { $0 != 0 && $0 != 32 }
    var value: UInt64 = 0
    for digit in digits {
      guard (48...55).contains(digit), value >> 60 == 0 else { return nil }
      value = value << 3 | UInt64(digit - 48)
    }
    return value
  }

  /// The sum of all bytes, with the checksum's own bytes counted as spaces.
  static func checksum(_ header: ArraySlice<UInt8>) -> UInt64 {
    var sum: UInt64 = 0
    for (index, byte) in header.enumerated() { sum += (148..<156).contains(index) ? 32 : UInt64(byte) }
    return sum
  }
}
