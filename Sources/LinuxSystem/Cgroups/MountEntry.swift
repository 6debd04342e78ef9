/// One line of `/proc/PID/mountinfo` (proc_pid_mountinfo(5)).
struct MountEntry: Hashable, Sendable {
  /// Which part of the file system is mounted: `/` unless it is a bind mount or a cgroup namespace.
  var root: String
  var mountPoint: String
  var fileSystem: String
  /// The options of the super block, which include the controllers for cgroup v1.
  var options: [String]

  /// Parses lines and ignores those of another form.
  static func parse(_ content: [UInt8]) -> [MountEntry] {
    content.split(separator: UInt8(ascii: "\n")).compactMap { MountEntry(line: $0) }
  }

  private init?(line: ArraySlice<UInt8>) {
    // 36 35 98:0 /root /point rw,noatime master:1 - type source options; the number of tags before "-" varies.
    let fields = line.split(separator: UInt8(ascii: " "))
    guard fields.count > 6, let dash = fields[6...].firstIndex(where: { $0.elementsEqual("-".utf8) }),
      fields.count > dash + 1
    else { return nil }
    root = Self.unescaped(fields[3])
    mountPoint = Self.unescaped(fields[4])
    fileSystem = String(decoding: fields[dash + 1], as: UTF8.self)
    options =
      fields.count > dash + 3
      ? fields[dash + 3].split(separator: UInt8(ascii: ",")).map { String(decoding: $0, as: UTF8.self) } : []
  }

  /// Resolves three octal digits, as which space, tab, newline and backslash are written: `\040`.
  private static func unescaped(_ text: ArraySlice<UInt8>) -> String {
    var bytes: [UInt8] = []
    var rest = text
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      if byte == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy({ (48...55).contains($0) }) {
        bytes.append(UInt8(truncatingIfNeeded: digits.reduce(0) { $0 << 3 | UInt16($1 - 48) }))
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
