/// The fields of `/proc/PID/stat` that Headwater uses (proc_pid_stat(5)).
public struct ProcessStat: Hashable, Sendable {
  /// `comm`, between the first `(` and the last `)`. It may contain both characters, and bytes that are not UTF-8.
  public var name: String
  public var parent: Int32
  /// The start in clock ticks after boot (field 22).
  public var startTicks: UInt64
  /// Whether `PF_KTHREAD` is set in the flags (field 9).
  public var isKernelThread: Bool

  /// It has ended, and nobody has asked for its exit status yet: command line and descriptors are gone, and who started it
  /// may be, too.
  public var isZombie: Bool

  private static let PF_KTHREAD: UInt64 = 0x0020_0000

  /// Nil if the line is incomplete.
  public init?(parsing line: [UInt8]) {
    guard let open = line.firstIndex(of: UInt8(ascii: "(")), let close = line.lastIndex(of: UInt8(ascii: ")")),
      open < close
    else { return nil }
    // After the name: state is field 3.
    let fields = line[(close + 1)...].split(separator: UInt8(ascii: " "), maxSplits: 20)
    guard fields.count > 19, let parent = Decimal.number(fields[1]), let pid = Int32(exactly: parent),
      let flags = Decimal.number(fields[6]),
      let ticks = Decimal.number(fields[19].prefix { $0 != UInt8(ascii: "\n") })
    else { return nil }
    name = String(decoding: line[(open + 1)..<close], as: UTF8.self)
    self.parent = pid
    // Of a program whose first thread ended, others may go on: field 20 counts them.
    isZombie = fields[0].first == UInt8(ascii: "Z") && Decimal.number(fields[17]) ?? 0 <= 1
    startTicks = ticks
    isKernelThread = flags & Self.PF_KTHREAD != 0
  }
}
