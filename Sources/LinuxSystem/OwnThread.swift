internal import CLinux

/// Runs `body` on a thread that exists only for it, and waits.
///
/// It is for calls that change the thread itself, such as `setns`. The thread ends afterwards, so nothing else ever
/// runs in another namespace.
public func onOwnThread<Value: Sendable>(_ body: () throws -> Value) throws -> Value {
  var outcome: Result<Value, any Error>?
  try withoutActuallyEscaping(body) { body in
    var work: () -> Void = { outcome = Result { try body() } }
    let started = withUnsafeMutablePointer(to: &work) { pointer in
      hw_run_on_thread({ context in context?.assumingMemoryBound(to: (() -> Void).self).pointee() }, pointer)
    }
    try checked("start a thread", started)
  }
  guard let outcome else { throw SystemError("start a thread", .tryAgain) }
  return try outcome.get()
}

/// Runs `body` inside the network namespace at `path` (`/proc/PID/ns/net`, `/run/netns/NAME`), on a separate thread.
public func inNetworkNamespace<Value: Sendable>(_ path: String, _ body: () throws -> Value) throws -> Value {
  let namespace = try Descriptor(reading: path)
  let number = namespace.number
  return try onOwnThread {
    try checked("enter network namespace \(path)", hw_setns(number, HW_CLONE_NEWNET))
    return try body()
  }
}
