internal import CTraffic
internal import LinuxSystem

/// A process that makes one end of the traffic. It ends with this value.
struct TrafficChild: ~Copyable {
  /// Why a process could not do its part.
  enum Refusal: Error {
    case skipped(reason: String)
    case failed(reason: String)
  }

  private let child: hw_traffic_child
  var pid: Int32 { child.pid }

  /// Starts `command` in a namespace and waits until it is ready.
  static func start(
    _ command: [String], in namespace: borrowing NetworkNamespaceDescriptor, within seconds: Double
  ) throws -> TrafficChild {
    var child = hw_traffic_child()
    let strings = command.map { $0.utf8CString }
    let number = namespace.number
    let status = withPointers(to: strings) { hw_traffic_spawn($0, number, &child) }
    try checked("start \(command.first ?? "")", status)
    let started = TrafficChild(child)
    _ = try started.expect(UInt32(HW_TRAFFIC_READY), within: seconds)
    return started
  }

  private init(_ child: hw_traffic_child) { self.child = child }

  deinit {
    var child = self.child
    hw_traffic_end(&child, 300)
  }

  func go() throws { try tell(HW_TRAFFIC_GO) }

  /// A file descriptor that is readable when the child has a message.
  var channel: Int32 { child.channel }

  func awaitDone(within seconds: Double) throws { _ = try expect(UInt32(HW_TRAFFIC_DONE), within: seconds) }

  /// What was sent and received. The sockets stay open until the child ends.
  func report(within seconds: Double) throws -> hw_traffic_report {
    try tell(HW_TRAFFIC_TELL)
    return try expect(UInt32(HW_TRAFFIC_REPORT), within: seconds)
  }

  private func tell(_ command: Int32) throws {
    try checked("command process \(pid)", withUnsafePointer(to: child) { hw_traffic_command($0, CChar(command)) })
  }

  private func expect(_ phase: UInt32, within seconds: Double) throws -> hw_traffic_report {
    var report = hw_traffic_report()
    let status = withUnsafePointer(to: child) { hw_traffic_await($0, &report, Int32(seconds * 1000)) }
    guard status > 0 else {
      throw Refusal.failed(
        reason: status == 0 ? "process \(pid) took too long" : "process \(pid) ended early")
    }
    let step = report.stepText
    switch Int32(report.phase) {
    case HW_TRAFFIC_SKIPPED: throw Refusal.skipped(reason: step)
    case HW_TRAFFIC_FAILED: throw Refusal.failed(reason: "\(step): \(Errno(report.error))")
    default: break
    }
    guard report.phase == phase else { throw Refusal.failed(reason: "process \(pid) gave an unexpected answer") }
    return report
  }
}

extension hw_traffic_report {
  var stepText: String { text(of: step) }
  var ownerName: String { text(of: owner_name) }

  /// The processes that the child forked for its traffic; empty if it did the work itself.
  var ownerPIDs: [Int32] {
    withUnsafeBytes(of: owners) { Array($0.bindMemory(to: Int32.self).prefix(Int(owner_count))) }
  }

  private func text(of bytes: some Any) -> String {
    withUnsafeBytes(of: bytes) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}

/// Passes an array of C strings with a nil at its end, as execv expects it.
private func withPointers<Value>(
  to strings: [ContiguousArray<CChar>], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value
) -> Value {
  func next(_ index: Int, _ pointers: inout [UnsafePointer<CChar>?]) -> Value {
    guard index < strings.count else {
      pointers.append(nil)
      return pointers.withUnsafeBufferPointer { buffer in
        guard let start = buffer.baseAddress else { preconditionFailure("the array has at least its nil") }
        return body(start)
      }
    }
    return strings[index].withUnsafeBufferPointer { bytes in
      pointers.append(bytes.baseAddress)
      return next(index + 1, &pointers)
    }
  }
  var pointers: [UnsafePointer<CChar>?] = []
  return next(0, &pointers)
}
