internal import CLinux
internal import Synchronization

/// Another program, started with pipes to its standard input, output and error. It is ended and reaped when its owner
/// goes.
///
/// It runs in its own session, so it has no terminal at which it could ask questions, and Ctrl-C does not reach it; the
/// parent decides. If the parent is killed, the child's standard input ends.
public final class ChildProcess: Sendable {
  public let pid: Int32
  private let input: Mutex<Int32?>
  private let outputs: Mutex<(output: Int32?, errors: Int32?)>
  private let ending = Mutex<Int32?>(nil)

  /// Starts `command`, whose first word is looked up in PATH.
  ///
  /// - Parameter environment: the whole environment; nil passes on this process's.
  public init(_ command: [String], environment: [String: String]? = nil) throws(SystemError) {
    let operation = "start \(command.first ?? "")"
    // The kernel's strings end at a zero byte, so the child would get a different argument.
    guard let program = command.first, !program.isEmpty, !command.contains(where: { $0.utf8.contains(0) }) else {
      throw SystemError(operation, .invalid)
    }
    var child = hw_child()
    let status = withCStrings(command) { arguments in
      guard let environment else { return hw_spawn(arguments, nil, &child) }
      return withCStrings(environment.map { "\($0)=\($1)" }) { hw_spawn(arguments, $0, &child) }
    }
    try checked(operation, status)
    pid = child.pid
    input = Mutex(child.input)
    outputs = Mutex((child.output, child.errors))
  }

  deinit {
    end(within: 0)
    closeInput()
    outputs.withLock { ends in
      for end in [ends.output, ends.errors] { if let end { _ = hw_close(end) } }
      ends = (nil, nil)
    }
  }

  /// The parent's end of its standard output, which the caller owns from now on; nil if it was already taken. Reads
  /// block.
  public func takeOutput() -> Descriptor? {
    guard let number = outputs.withLock({ $0.output.take() }) else { return nil }
    _ = hw_set_blocking(number, true)
    return Descriptor(owning: number)
  }

  /// The parent's end of its standard input, which the caller owns from now on; nil if it was already taken or closed.
  /// Writes block.
  public func takeInput() -> Descriptor? {
    guard let number = input.withLock({ $0.take() }) else { return nil }
    _ = hw_set_blocking(number, true)
    return Descriptor(owning: number)
  }

  /// Ends its standard input.
  public func closeInput() {
    if let number = input.withLock({ $0.take() }) { _ = hw_close(number) }
  }

  /// Writes as much of `bytes`, from `start` on, as the pipe accepts now, and returns the count. Throws `brokenPipe` if
  /// the child does not read any more.
  public func write(_ bytes: [UInt8], from start: Int = 0) throws(SystemError) -> Int {
    guard start < bytes.count else { return 0 }
    let count = input.withLock { number in
      guard let number else { return -Int(Errno.brokenPipe.number) }
      return bytes.withUnsafeBytes { buffer in
        hw_pipe_write(number, buffer.baseAddress.map { $0 + start }, buffer.count - start)
      }
    }
    if count == -Int(Errno.tryAgain.number) { return 0 }
    return try checked("write to process \(pid)", count)
  }

  /// Waits until its standard input accepts bytes; false after `seconds`.
  public func waitWritable(seconds: Double) -> Bool {
    // The descriptor stays valid while this object lives and nobody closes it; the owner does neither meanwhile.
    guard let number = input.withLock({ $0 }) else { return false }
    return hw_wait_writable(number, Int32(clamping: Int((max(0, seconds) * 1000).rounded(.up)))) > 0
  }

  /// The bytes that have arrived on its standard output, at most `limit`; nil if there are none yet, empty at its end.
  public func readOutput(limit: Int) throws(SystemError) -> [UInt8]? {
    guard let number = outputs.withLock({ $0.output }) else { return [] }
    return try Self.read(number, limit, pid)
  }

  /// The file descriptor of its standard output, to wait for; nil once it was taken.
  public var outputNumber: Int32? { outputs.withLock { $0.output } }

  /// The bytes that have arrived on its standard error, at most `limit`; does not wait.
  public func readErrors(limit: Int) -> [UInt8] {
    var found: [UInt8] = []
    while found.count < limit, let number = outputs.withLock({ $0.errors }),
      // It only explains another failure; what can't be read of it is missing there.
      let more = try? Self.read(number, limit - found.count, pid), !more.isEmpty
    {
      found += more
    }
    return found
  }

  private static func read(_ number: Int32, _ limit: Int, _ pid: Int32) throws(SystemError) -> [UInt8]? {
    var count = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, used in
      count = hw_read(number, buffer.baseAddress, limit)
      used = max(0, count)
    }
    if count == -Int(Errno.tryAgain.number) { return nil }
    try checked("read from process \(pid)", count)
    return bytes
  }

  /// Its exit status (128 + N if signal N ended it); nil if it does not end within `seconds`.
  @discardableResult
  public func status(within seconds: Double) -> Int32? {
    ending.withLock { ending in
      if ending == nil {
        var status: Int32 = 0
        let found = hw_child_wait(pid, Int32(clamping: Int((max(0, seconds) * 1000).rounded(.up))), &status)
        // If other code has reaped it, only its end is known.
        if found != 0 { ending = found > 0 ? status : 127 }
      }
      return ending
    }
  }

  /// Ends the child: closes its input and waits for `seconds`, then sends a signal, then kills it; reaps it.
  public func end(within seconds: Double = 0.5) {
    guard status(within: 0) == nil else { return }
    closeInput()
    if seconds > 0, status(within: seconds) != nil { return }
    for signal in [Self.terminate, Self.kill] {
      ending.withLock { if $0 == nil { _ = hw_child_signal(pid, signal) } }
      if status(within: signal == Self.kill ? 10 : 0.3) != nil { return }
    }
  }

  private static let terminate: Int32 = 15
  private static let kill: Int32 = 9
}

extension Optional {
  fileprivate mutating func take() -> Wrapped? {
    defer { self = nil }
    return self
  }
}

/// Passes an array of C strings with a nil at its end, as execve(2) expects it.
func withCStrings<Value>(
  _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Value
) -> Value {
  var bytes: [CChar] = []
  var starts: [Int] = []
  for string in strings {
    starts.append(bytes.count)
    bytes += string.utf8.map { CChar(bitPattern: $0) } + [0]
  }
  return bytes.withUnsafeBufferPointer { buffer in
    let pointers = starts.map { start in buffer.baseAddress.map { $0 + start } } + [nil]
    return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
  }
}
