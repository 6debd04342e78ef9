internal import LinuxSystem
internal import Synchronization
internal import Views

/// Standard output and standard error. A closed pipe is not an error, because the reader may have seen enough.
///
/// Text for people is printed as `Line`, which escapes everything that could move a cursor, change colours or hide a
/// part of a name. Text for programs is printed as a `Document`. Plain text can't be printed.
enum Console {
  /// Prints a part of the answer.
  static func print(_ lines: [Line], _ style: Style = .plain) {
    write(Array(lines.map { $0.rendered(style) + "\n" }.joined().utf8))
  }

  static func print(_ line: Line, _ style: Style = .plain) { print([line], style) }

  static func print(_ document: Document) {
    write(Array((document.text.utf8.last == 0x0A ? document.text : document.text + "\n").utf8))
  }

  /// Prints an archive; throws if standard output is a terminal.
  static func print(archive bytes: [UInt8]) throws(CommandFailure) {
    guard !ProcessExit.isTerminal(1) else {
      throw CommandFailure(.usage, "an archive can't be shown on a terminal; name a file with --output, or pipe it")
    }
    write(bytes)
  }

  /// Prints `headwater: ` and `message` on standard error.
  static func report(_ message: Line) {
    var line = Line("headwater: ")
    line.append(message)
    report(lines: [line])
  }

  /// Prints lines on standard error as they are.
  static func report(lines: [Line]) {
    // Without standard error the message is lost, and nothing else changes.
    try? writeAll(Array(lines.map { $0.rendered(.plain) + "\n" }.joined().utf8), to: 2)
  }

  static func exit(_ status: Int32) -> Never { ProcessExit.exit(status) }

  /// Several hosts may answer at once.
  private static let writing = Mutex(())

  private static func write(_ bytes: [UInt8]) {
    do {
      try writing.withLock { _ throws(SystemError) in try writeAll(bytes, to: 1) }
    } catch {
      if error.errno == .brokenPipe { exit(0) }
      report("cannot write the answer: \(StandardStreams.wasOpen(1) ? "\(error)" : "standard output is closed")")
      exit(ExitStatus.noAnswer.rawValue)
    }
  }
}
