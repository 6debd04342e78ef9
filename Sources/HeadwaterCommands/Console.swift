internal import LinuxSystem

/// Standard output and error. A closed pipe is not an error: the reader has seen enough.
enum Console {
  static func print(_ text: String) { write(text.hasSuffix("\n") ? text : text + "\n") }

  static func write(_ text: String) { write(Array(text.utf8)) }

  static func write(_ bytes: [UInt8]) {
    do {
      try writeAll(bytes, to: 1)
    } catch {
      if error.errno == .brokenPipe { exit(0) }
      report("headwater: cannot write the answer: \(error)")
      exit(ExitStatus.noAnswer.rawValue)
    }
  }

  static func report(_ text: String) {
    try? writeAll(Array((text + "\n").utf8), to: 2)
  }

  static func exit(_ status: Int32) -> Never { ProcessExit.exit(status) }
}

/// What the program's exit status says.
enum ExitStatus: Int32, Error {
  case answered = 0
  case noAnswer = 1
  case usage = 2
  case denied = 3
  case unreachable = 4
}
