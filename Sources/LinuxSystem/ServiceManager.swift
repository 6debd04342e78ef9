internal import CLinux

/// The manager that started this program as a service: systemd, as sd_notify(3) describes it.
public struct ServiceManager: Sendable {
  private let socket: String?
  /// Within how many seconds the manager wants a sign of life; nil if it does not.
  public let patience: Double?

  /// - Parameter environment: `NOTIFY_SOCKET`, `WATCHDOG_USEC`.
  public init(environment: [String: String]) {
    socket = environment["NOTIFY_SOCKET"]
    patience = environment["WATCHDOG_USEC"].flatMap(Double.init).map { $0 / 1e6 }
  }

  /// Tells the manager a state: `READY=1`. Without a manager nothing happens.
  public func tell(_ state: String) throws(SystemError) {
    guard let socket else { return }
    try checked("tell the service manager \(state)", hw_service_notify(socket, state))
  }
}
