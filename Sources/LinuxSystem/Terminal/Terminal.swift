internal import CLinux

/// A terminal that the program has taken over: no echo, single keys, the alternate screen.
///
/// It is restored when this value goes, when the process exits, and when it crashes.
public struct Terminal: ~Copyable {
  /// Columns and rows.
  public struct Size: Hashable, Sendable {
    public var columns: Int
    public var rows: Int
    public init(columns: Int, rows: Int) {
      self.columns = columns
      self.rows = rows
    }
  }

  // Alternate screen (DEC mode 1049), a hidden cursor (25), no wrapping at the edge (7); see xterm's ctlseqs.
  private static let enter = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l"
  private static let leave = "\u{1B}[0m\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"

  private let input: Int32
  private let output: Int32

  /// Takes over the terminal at the two descriptors, which remain the caller's.
  public init(input: Int32 = 0, output: Int32 = 1) throws(SystemError) {
    try checked("take over the terminal", hw_terminal_raw(input))
    self.input = input
    self.output = output
    let leave = Array(Self.leave.utf8)
    hw_terminal_guard(input, output, leave, leave.count)
    // If the output is gone, the first write reports it.
    try? Self.write(Self.enter, to: output)
  }

  deinit {
    // The terminal may have hung up; then there is nothing to restore.
    try? Self.write(Self.leave, to: output)
    hw_terminal_restore(input)
    hw_terminal_unguard()
  }

  /// The size of the terminal at `output`; nil if it is no terminal.
  public static func size(of output: Int32 = 1) -> Size? {
    var columns: Int32 = 0
    var rows: Int32 = 0
    guard hw_terminal_size(output, &columns, &rows) else { return nil }
    return Size(columns: Int(columns), rows: Int(rows))
  }

  /// The current size; 80 × 24 if the terminal does not report it.
  public borrowing func size() -> Size { Self.size(of: output) ?? Size(columns: 80, rows: 24) }

  /// A file descriptor that is readable when a key was pressed.
  public var keyDescriptor: Int32 { input }

  /// The bytes of pressed keys; empty once the terminal has hung up.
  public borrowing func read() throws(SystemError) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 1024)
    let count = try checked("read the terminal", hw_read(input, &buffer, buffer.count))
    return Array(buffer[..<count])
  }

  /// Writes all of `text`.
  public borrowing func write(_ text: String) throws(SystemError) { try Self.write(text, to: output) }

  private static func write(_ text: String, to output: Int32) throws(SystemError) {
    try writeAll(Array(text.utf8), to: output)
  }
}

/// Writes all of `bytes` to a descriptor, waiting if it does not accept them at once.
public func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(SystemError) {
  var rest = bytes[...]
  while !rest.isEmpty {
    let count = rest.withUnsafeBytes { hw_write(descriptor, $0.baseAddress, $0.count) }
    if count == -Int(Errno.tryAgain.number) {
      try checked("wait for the output", hw_wait_writable(descriptor, -1))
    } else if count != -Int(Errno.interrupted.number) {
      rest = rest.dropFirst(try checked("write", count))
    }
  }
}
