extension ProcessFiles {
  /// Why living processes of the machine have no number here, although nothing hides them: this program is in a pid
  /// namespace of its own. Nil in the machine's first pid namespace, and where that can't be told.
  ///
  /// It is no refusal: what this program sees is right, and there may be more.
  public var confinement: String? {
    // A /proc that was mounted outside shows the processes there, and this program under several numbers.
    let isOwn = (try? SmallFile.read("\(root)/self/status", limit: 64 << 10)).map(Self.numbers) ?? 1 == 1
    // Reading the link of process 1 may be refused; then nothing is claimed.
    guard let target = try? SmallFile.linkTarget("\(root)/\(isOwn ? "self" : "1")/ns/pid"),
      let inode = Decimal.bracketed(target, kind: "pid"), inode != Self.firstNamespace
    else { return nil }
    return "this program runs in a pid namespace of its own: processes of the host outside it can't be seen"
  }

  /// The inode number of the machine's first pid namespace (PROC_PID_INIT_INO in include/linux/proc_ns.h).
  static let firstNamespace: UInt64 = 0xEFFF_FFFC

  /// How many numbers `NSpid:` has: one for each pid namespace from that of /proc to the process's own.
  private static func numbers(_ status: [UInt8]) -> Int {
    for line in status.split(separator: UInt8(ascii: "\n")) where line.starts(with: "NSpid:".utf8) {
      return line.dropFirst(6).split { $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: " ") }.count
    }
    return 1
  }
}
