internal import CMeter
internal import Flows
internal import LinuxSystem

extension SocketEvent {
  /// - Parameters:
  ///   - bootTime: the zero of the records' clock, in seconds since the epoch.
  ///   - seesConnects: whether `connect` comes from the calls themselves; otherwise it comes from changes of TCP's
  ///     state.
  /// - Returns: nil for a change of state that another event already reports.
  init?(_ record: hw_follow_event, bootTime: Double, seesConnects: Bool) {
    guard let kind = Self.kind(of: record, seesConnects: seesConnects) else { return nil }
    self.kind = kind
    time = bootTime + Double(record.boottime_ns) / 1e9
    task = record.task.task
    thread = record.thread == 0 ? nil : Int32(truncatingIfNeeded: record.thread)
    namespace = Place(namespace: UInt64(record.network_namespace))
    transport = record.family == AddressFamily.packet ? .packet : Transport(record.tuple.protocol)
    local = record.tuple.localEndpoint
    remote = record.has_remote == 0 ? nil : record.tuple.remoteEndpoint
    error = record.error == 0 ? nil : Errno(record.error)
    cookie = record.cookie
  }

  /// Numbers from include/linux/socket.h.
  private enum AddressFamily {
    static let packet: UInt16 = 17
  }

  private static func kind(of record: hw_follow_event, seesConnects: Bool) -> Kind? {
    switch Int32(record.kind) {
    case HW_FOLLOW_CREATE: return .create
    case HW_FOLLOW_BIND: return .bind
    case HW_FOLLOW_CONNECT: return .connect
    case HW_FOLLOW_ACCEPT: return .accept
    case HW_FOLLOW_SEND: return .send(bytes: Int(record.length))
    case HW_FOLLOW_RECEIVE: return .receive(bytes: Int(record.length))
    case HW_FOLLOW_ERROR: return .error
    case HW_FOLLOW_CLOSE: return .close(bytesIn: record.payload_in, bytesOut: record.payload_out)
    case HW_FOLLOW_SHUTDOWN: return .shutdown
    case HW_FOLLOW_STATE: break
    default: return nil
    }
    let (from, to) = (State(rawValue: record.from), State(rawValue: record.to))
    switch (from, to) {
    case (_, .listen): return .listen
    case (_, .synSent): return seesConnects ? nil : .connect
    case (.synSent, .established), (.synReceived, .established): return .established
    case (.synSent, .closed) where record.error != 0: return .connectFailed
    default: return .stateChange(from: from, to: to)
    }
  }
}
