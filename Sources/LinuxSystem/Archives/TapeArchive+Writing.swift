extension TapeArchive {
  /// The archive as uncompressed ustar. Only the owner can read the files.
  ///
  /// - Parameter modified: the files' time, in seconds since the epoch.
  public func bytes(modified: UInt64 = 0) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(entries.reduce(1024) { $0 + $1.content.count + 2 * Self.block })
    for entry in entries {
      let name = Array(entry.path.utf8)
      if name.count > 100 {
        // GNU's long name, which every tar reads: an entry before the file's own.
        Self.append(name + [0], named: Array("././@LongLink".utf8), type: UInt8(ascii: "L"), modified, to: &result)
      }
      Self.append(entry.content, named: Array(name.prefix(100)), type: UInt8(ascii: "0"), modified, to: &result)
    }
    result += [UInt8](repeating: 0, count: 2 * Self.block)
    return result
  }

  private static func append(
    _ content: [UInt8], named name: [UInt8], type: UInt8, _ modified: UInt64, to result: inout [UInt8]
  ) {
    var header = [UInt8](repeating: 0, count: block)
    func put(_ bytes: some Sequence<UInt8>, at offset: Int) {
      for (index, byte) in bytes.enumerated() { header[offset + index] = byte }
    }
    put(name, at: 0)
    put(octal(0o600, digits: 7), at: 100)
    put(octal(0, digits: 7), at: 108)
    put(octal(0, digits: 7), at: 116)
    put(octal(UInt64(content.count), digits: 11), at: 124)
    put(octal(modified, digits: 11), at: 136)
    header[156] = type
    put("ustar".utf8, at: 257)
    put("00".utf8, at: 263)
    put(octal(checksum(header[...]), digits: 6), at: 148)
    header[154] = 0
    header[155] = 32
    result += header + content
    result += [UInt8](repeating: 0, count: (block - content.count % block) % block)
  }

  private static func octal(_ value: UInt64, digits: Int) -> [UInt8] {
    let text = Array(String(value, radix: 8).utf8)
    return [UInt8](repeating: 48, count: max(0, digits - text.count)) + text.suffix(digits)
  }
}
