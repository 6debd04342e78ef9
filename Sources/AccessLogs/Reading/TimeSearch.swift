internal import LinuxSystem

/// Finds positions in large files by time.
enum TimeSearch {
  /// The tolerated disorder in milliseconds: lines are out of order by a few seconds, and long requests appear late by
  /// their duration.
  private static let slack: Int64 = 120_000
  private static let window = 64 << 10

  /// The start of the line from which to read in order to see every line of `time` (milliseconds) and later. Assumes
  /// that lines are in order apart from the tolerated disorder; 0 for a small file, or if its times can't be found.
  static func start(in file: borrowing StreamedFile, size: UInt64, time: Int64) throws(SystemError) -> UInt64 {
    guard size > 4 << 20 else { return 0 }
    let wanted = time == .min ? time : time - slack
    var parser = LineParser()
    var low: UInt64 = 0
    var high = size
    while high - low > 1 << 20 {
      let middle = low + (high - low) / 2
      guard let found = try firstTime(in: file, from: middle, &parser) else { return 0 }
      if found.time < wanted { low = found.offset } else { high = middle }
    }
    return low
  }

  /// The latest time without a zone in a file's last lines, read as this host's, in seconds since the epoch; nil if its
  /// times have a zone.
  static func lastLocalTime(
    in file: borrowing StreamedFile, _ formats: [CustomFormat]
  ) throws(SystemError) -> Double? {
    let size = file.facts.size
    let bytes = try read(file, at: size > UInt64(window) ? size - UInt64(window) : 0, count: window)
    var parser = LineParser()
    parser.custom = formats
    return LineBytes.with(bytes) { all in
      var start = 0
      var latest: Double?
      while start < all.count {
        let end = all.first(10, from: start)
        var record = LogRecord()
        if case .request = parser.parse(all.part(start, end), into: &record) {
          guard parser.clock.isLocal else { return nil }
          latest = max(latest ?? -.infinity, Double(record.milliseconds / 1000))
        }
        start = end + 1
      }
      return latest
    }
  }

  /// The first line after `offset` that has a time.
  private static func firstTime(
    in file: borrowing StreamedFile, from offset: UInt64, _ parser: inout LineParser
  ) throws(SystemError) -> (time: Int64, offset: UInt64)? {
    let bytes = try read(file, at: offset, count: window)
    return LineBytes.with(bytes) { all in
      var start = all.first(10, from: 0) + 1
      while start < all.count {
        let end = all.first(10, from: start)
        guard end < all.count else { return nil }
        var record = LogRecord()
        if case .request = parser.parse(all.part(start, end), into: &record) {
          return (record.milliseconds, offset + UInt64(start))
        }
        start = end + 1
      }
      return nil
    }
  }

  static func read(_ file: borrowing StreamedFile, at offset: UInt64, count: Int) throws(SystemError) -> [UInt8] {
    var failure: SystemError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
      do throws(SystemError) { used = try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: offset) } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// The earliest and latest time in the first and the last lines of a plain file; nil if none of them has a time.
  static func ends(
    of path: String, as access: FileAccess, formats: [CustomFormat]
  ) throws(SystemError) -> (first: Int64, last: Int64)? {
    let file = try StreamedFile(path, as: access)
    guard file.facts.kind == .regular else { return nil }
    var parser = LineParser()
    parser.custom = formats
    let size = file.facts.size
    let head = try read(file, at: 0, count: window)
    guard !StreamedFile.isCompressed(head.prefix(StreamedFile.headLength)) else { return nil }
    var first = Int64.max
    var last = Int64.min
    let tail = size > UInt64(window) ? try read(file, at: size - UInt64(window), count: window) : []
    for bytes in [head, tail] where !bytes.isEmpty {
      LineBytes.with(bytes) { all in
        var start = 0
        while start < all.count {
          let end = all.first(10, from: start)
          var record = LogRecord()
          if case .request = parser.parse(all.part(start, end), into: &record) {
            first = min(first, record.milliseconds)
            last = max(last, record.milliseconds)
          }
          start = end + 1
        }
      }
    }
    return last >= first ? (first, last) : nil
  }
}
