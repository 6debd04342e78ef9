internal import Flows
internal import LinuxSystem

extension SocketEvent: CustomStringConvertible {
  /// `12:00:01.123456Z python3[4711] connect tcp 10.0.0.1:40000 -> 10.0.0.2:80`; the time is UTC, bytes are exact.
  public var description: String {
    let clock = SystemClock.text(time, fractionDigits: 6).map { String($0.drop { $0 != "T" }.dropFirst()) }
    return "\(clock ?? "\(time)") \(who) \(action)"
  }

  /// The process and, if it is another one, the thread: `nginx[12]`, `java[40/57]`. `[unknown]` if it is not known.
  public var who: String {
    guard let task else { return "[unknown]" }
    let pid = task.pid.map(String.init) ?? "host pid \(task.rootPID)"
    guard let thread, thread != task.pid else { return "\(task.name)[\(pid)]" }
    return "\(task.name)[\(pid)/\(thread)]"
  }

  /// The event without its time and process: `send 512 B tcp 10.0.0.1:40000 -> 10.0.0.2:80`.
  public var action: String {
    let failure = error.map { ": \($0)" } ?? ""
    return switch kind {
    case .create: "create \(transport)"
    case .bind: "bind \(ends)"
    case .listen: "listen \(ends)"
    case .connect: "connect \(ends)"
    case .connectFailed: "connect \(ends) failed\(failure)"
    case .established: "established \(ends)"
    case .accept: "accept \(ends)"
    case .send(let bytes): error == nil ? "send \(bytes) B \(ends)" : "send \(ends) failed\(failure)"
    case .receive(let bytes):
      error != nil
        ? "receive \(ends) failed\(failure)"
        : bytes == 0 && transport == .tcp ? "receive end of stream \(ends)" : "receive \(bytes) B \(ends)"
    case .shutdown: "shutdown \(ends)"
    case .error: "error \(ends)\(failure)"
    case .close(let bytesIn, let bytesOut): "close \(ends) after \(bytesIn) B in, \(bytesOut) B out"
    case .stateChange(let from, let to): "\(from) to \(to) \(ends)\(failure)"
    }
  }

  private var ends: String {
    if transport == .packet { return "\(transport)" }
    guard let remote else { return "\(transport) \(local)" }
    switch kind {
    case .accept, .receive: return "\(transport) \(local) <- \(remote)"
    default: return "\(transport) \(local) -> \(remote)"
    }
  }
}
