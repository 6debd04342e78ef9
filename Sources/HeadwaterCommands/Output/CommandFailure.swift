internal import Bundles
internal import Fleet
internal import History
internal import LinuxSystem
internal import Meter
internal import Questions
internal import Sessions
internal import Tracing

/// Why a command could not answer: what was attempted, the cause, and what to try.
struct CommandFailure: Error {
  let status: ExitStatus
  let message: String

  init(_ status: ExitStatus, _ message: String) {
    self.status = status
    self.message = message
  }

  /// The failure for an error, chosen by the error's code and never by its text.
  init(translating error: any Error) {
    switch error {
    case let error as CommandFailure: self = error
    case let error as TargetError: self.init(error.status, "\(error)")
    case let error as SettingsError:
      self.init([.denied, .untrusted].contains(error.code) ? .denied : .usage, "\(error)")
    case let error as HistoryError: self.init(error.code == .denied ? .denied : .noAnswer, "\(error)")
    case let error as SSHArgumentError: self.init(.usage, "\(error)")
    case let error as HostError: self.init(.unreachable, "\(error)")
    case let error as VantageError: self.init(error)
    case let error as MeterError: self.init(error)
    case let error as SystemError: self.init(error.errno.isDenial ? .denied : .noAnswer, "\(error)")
    case let error as BundleError:
      self.init(error.code == .denied ? .denied : error.code == .absent ? .usage : .noAnswer, "\(error)")
    default: self.init(.noAnswer, "\(error)")
    }
  }

  private static let advice = "run headwater as root, or see headwater doctor for the capabilities it needs"

  private init(_ error: MeterError) {
    switch error.code {
    case .denied: self.init(.denied, "\(error); \(Self.advice)")
    case .unsupported: self.init(.noAnswer, "\(error); see headwater doctor for what this kernel can do")
    case .failed: self.init(.noAnswer, "\(error)")
    }
  }

  private init(_ error: VantageError) {
    switch error.code {
    case .denied: self.init(.denied, "\(error); \(Self.advice)")
    case .disconnected, .slow, .malformed, .incompatible: self.init(.unreachable, "\(error)")
    case .unsupported, .failed, .tooLarge, .busy, .cancelled: self.init(.noAnswer, "\(error)")
    }
  }
}

extension TargetError {
  var status: ExitStatus {
    switch code {
    case .malformed: .usage
    case .silent: .unreachable
    case .unknown, .ambiguous: .noAnswer
    }
  }

  /// Whether the text says itself why `host` did not answer.
  func names(_ host: String) -> Bool { code == .silent && text.hasPrefix(host + ":") }
}
