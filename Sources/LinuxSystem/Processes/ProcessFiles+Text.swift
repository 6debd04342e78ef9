/// Parsers for texts of /proc that need only a line or two.
extension ProcessFiles {
  /// Reads `btime 1763730000` in /proc/stat.
  package static func bootTime(in content: [UInt8]) -> Double? {
    value(of: "btime ", in: content).flatMap { Decimal.number($0) }.map { Double($0) }
  }

  /// The second number of `Uid:` in /proc/PID/status: the effective user, who determines what the process may do.
  package static func effectiveUser(in status: [UInt8]) -> UInt32? {
    guard let fields = value(of: "Uid:", in: status)?.split(whereSeparator: { $0 == 9 || $0 == 32 }),
      fields.count > 1
    else { return nil }
    return Decimal.number(fields[1]).flatMap { UInt32(exactly: $0) }
  }

  /// The arguments, separated by zero bytes. A process may write anything there.
  package static func arguments(in cmdline: [UInt8]) -> [String] {
    var content = cmdline[...]
    while content.last == 0 { content.removeLast() }
    if content.isEmpty { return [] }
    return content.split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The path without the kernel's ` (deleted)`, which appears after an upgrade of the package.
  static func executable(in target: [UInt8]) -> String {
    let mark = Array(" (deleted)".utf8)
    let isDeleted = target.count > mark.count && target.suffix(mark.count).elementsEqual(mark)
    return String(decoding: isDeleted ? target.dropLast(mark.count) : target[...], as: UTF8.self)
  }

  /// The rest of the first line that starts with `key`.
  static func value(of key: String, in content: [UInt8]) -> ArraySlice<UInt8>? {
    var rest = content[...]
    while !rest.isEmpty {
      let line = rest.prefix { $0 != UInt8(ascii: "\n") }
      if line.starts(with: key.utf8) { return line.dropFirst(key.utf8.count) }
      rest = rest[line.endIndex...].dropFirst()
    }
    return nil
  }
}
